/** The installation that the tests run against: what tests/portal/portal_test.sh has started. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the portal serves. */
export const portalUrl = process.env.PORTAL_URL ?? 'http://127.0.0.1:7007';
/** The entry script of the project. */
const headway = new URL('../../../headway', import.meta.url).pathname;
/** What `up` was started with, to start again what a test has stopped. */
const upArguments = (process.env.UP_ARGUMENTS ?? '').split(' ').filter(Boolean);

/** Measures of an entity as the command line prints them, by id. */
export async function measuresOf(entityRef, ...options) {
  const { stdout } = await run(headway, [
    'metrics',
    entityRef,
    ...options,
    '--format',
    'json',
  ]);
  return new Map(JSON.parse(stdout).measures.map(m => [m.metric, m]));
}

/** Sends observations over gRPC. Resolves when they are acknowledged. */
export async function send(...observations) {
  const child = spawn(headway, ['import', 'ndjson', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(observations.map(o => `${JSON.stringify(o)}\n`).join(''));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`headway import: ${code}`);
}

/** Stops a service the hard way. */
export async function kill(service) {
  const pid = Number(
    await readFile(`${process.env.HEADWAY_HOME}/run/${service}.pid`, 'utf8'),
  );
  process.kill(pid, 'SIGKILL');
}

/** Starts what does not run. */
export async function up() {
  await run(headway, ['up', ...upArguments]);
}
