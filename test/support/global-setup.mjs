/**
 * Starts one PostgreSQL cluster for a whole jest run, however many projects and workers it has, on a fresh
 * folder and without a port: runs of several people at once do not meet.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const cluster = Symbol.for('carillon.test-cluster');

export default async function startTestCluster() {
  globalThis[cluster] ??= start();
  const { adminUrl } = await globalThis[cluster];
  process.env.TEST_DATABASE_ADMIN_URL = adminUrl;
}

/** The child stops when its standard input closes: in global-teardown.mjs, or when jest is killed. */
async function start() {
  const loader = new URL('typescript-loader.mjs', import.meta.url).href;
  const script = join(import.meta.dirname, 'test-cluster.ts');
  const child = spawn(process.execPath, ['--import', loader, script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    exited.then((code) => Promise.reject(new Error(`The test cluster did not start (exit code ${code})`))),
  ]);
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  return { adminUrl: JSON.parse(line).adminUrl, stop };
}
