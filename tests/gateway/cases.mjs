// All cases, and the running of them. `environment`: {gateway, memoryMb(), hasStreamingXhr}. Gives a line for each: [name, error or null, note].
import { connectCases } from './connect_cases.mjs';
import { grpcWebCases } from './grpc_web_cases.mjs';

const PATIENCE_MS = 90_000;

export async function runCases(environment, pattern = '') {
  const results = [];
  for (const [name, run] of Object.entries({ ...connectCases(environment), ...grpcWebCases(environment) })) {
    if (!name.includes(pattern)) continue;
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no end after ${PATIENCE_MS} ms`)), PATIENCE_MS); });
    const began = Date.now();
    try {
      const note = await Promise.race([run(), late]);
      results.push([name, null, `${Date.now() - began} ms${note ? `, ${note}` : ''}`]);
    } catch (error) {
      results.push([name, `${error?.message ?? error}`, `${error?.stack ?? ''}`.split('\n').slice(0, 3).join(' | ')]);
    }
    clearTimeout(timer);
  }
  return results;
}

globalThis.runCases = runCases;
