// run.mjs BUILD_FOLDER NODE_MODULES node|chromium [PATTERN]: starts a backend and a gateway, runs the cases in Node or in Chromium, and says how each went.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { equal, ok } from './expect.mjs';

const [build, nodeModules, where, pattern = ''] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(nodeModules, 'x.js'));
const folder = mkdtempSync(join(tmpdir(), 'headway-gateway-'));
const children = [];

function start(program, ...args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

const firstLine = (stream) => new Promise((resolve) => createInterface(stream).once('line', resolve));

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
});

async function serveEmptyPage() {
  const server = createHttpServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>page</title>'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

async function startGateway(origin) {
  const backend = await firstLine(start(join(build, 'tests/gateway/echo_server'), '0').stdout);
  const [http, listen] = [await freePort(), await freePort()];
  const gateway = start(join(build, 'services/gateway/headway-gateway'), '--http-listen', `127.0.0.1:${http}`, '--listen', `127.0.0.1:${listen}`,
    '--backend', `headway.test.v1.*=127.0.0.1:${backend}`, '--max-deadline', '120', '--allow-origin', origin);
  const url = `http://127.0.0.1:${http}`;
  for (let i = 0; i < 100; ++i) {
    if ((await fetch(`${url}/readyz`).catch(() => null))?.ok) return { url, pid: gateway.pid };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the gateway is not ready after 10 s');
}

async function bundle(platform) {
  const outfile = join(folder, 'cases.mjs');
  await require('esbuild').build({
    entryPoints: [join(here, 'cases.mjs')], bundle: true, outfile, platform, format: 'esm', target: 'es2022', nodePaths: [nodeModules], logLevel: 'warning',
    alias: { 'echo-descriptor': join(build, 'tests/gateway/gen/echo.binpb') }, loader: { '.binpb': 'binary' },
  });
  return outfile;
}

function memoryMbOf(pid) {
  return () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
}

async function inNode(gateway) {
  globalThis.XMLHttpRequest = require('xhr2').XMLHttpRequest;
  await import(pathToFileURL(await bundle('node')));
  return globalThis.runCases({ gateway: gateway.url, memoryMb: memoryMbOf(gateway.pid), hasStreamingXhr: false, slowBytes: 1000 }, pattern);
}

async function inChromium(gateway, origin) {
  const script = readFileSync(await bundle('browser'), 'utf8');
  const browser = await require('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
    args: [...(process.getuid() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    await page.exposeFunction('gatewayMemoryMb', memoryMbOf(gateway.pid));
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction(() => globalThis.runCases);
    const results = await page.evaluate(([url, only]) => globalThis.runCases({ gateway: url, memoryMb: globalThis.gatewayMemoryMb, hasStreamingXhr: true, slowBytes: 4000 }, only), [gateway.url, pattern]);
    results.push(await ofOtherOrigin(browser, gateway));
    return results;
  } finally {
    await browser.close();
  }
}

// A page that is not on the list must not be able to call.
async function ofOtherOrigin(browser, gateway) {
  const name = 'chromium: a page of another origin cannot call';
  const { server, origin } = await serveEmptyPage();
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    const outcome = await page.evaluate((url) => fetch(`${url}/headway.test.v1.EchoService/Echo`, { method: 'POST', headers: { 'content-type': 'application/grpc-web' } })
      .then((response) => `answered ${response.status}`, (error) => error.message), gateway.url);
    equal(outcome, 'Failed to fetch', 'outcome');
    return [name, null, ''];
  } catch (error) {
    return [name, error.message, ''];
  } finally {
    server.close();
  }
}

async function main() {
  const { server, origin } = await serveEmptyPage();
  const gateway = await startGateway(origin);
  const results = await (where === 'chromium' ? inChromium(gateway, origin) : inNode(gateway));
  server.close();
  for (const [name, error, note] of results) console.log(`${error ? 'no' : 'ok'}  ${name}${note && !error ? ` (${note})` : ''}${error ? `\n    ${error}\n    ${note}` : ''}`);
  const failed = results.filter(([, error]) => error).length;
  console.log(`${results.length} cases in ${where}, ${failed} failed`);
  ok(results.length > 0, `no case has '${pattern}' in its name`);
  return failed ? 1 : 0;
}

let code = 1;
try {
  code = await main();
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);
