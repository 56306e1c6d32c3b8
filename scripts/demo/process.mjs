import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const START_MS = 60_000;

/** Where the demo keeps its data. */
export const DEMO_DATA = join(ROOT, '.data');

/**
 * Starts the service as a process of its own, with its data under `.data/demo`.
 * @param warehouseUrl a data source for its stored procedure jobs; null: none
 */
export async function startCarillon(warehouseUrl) {
  const port = await freePort(Number(process.env.PORT ?? 3000));
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: process.env.DATA_DIR ?? join(DEMO_DATA, 'demo'),
    // The sample endpoint stands on loopback, which jobs may not call unless allowed.
    OUTBOUND_ALLOW: process.env.OUTBOUND_ALLOW ?? '127.0.0.1/32',
    // The one folder that file operations of the demo may touch.
    FILE_ROOTS: [process.env.FILE_ROOTS, `demo=${demoFiles()}`].filter(Boolean).join(','),
    DATA_SOURCES: [process.env.DATA_SOURCES, warehouseUrl && `warehouse=${warehouseUrl}`]
      .filter(Boolean)
      .join(','),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
    SHUTDOWN_GRACE_SECONDS: process.env.SHUTDOWN_GRACE_SECONDS ?? '3',
  };
  process.stdout.write('Starting Carillon (the first start creates its database) …\n');
  // A group of its own: Ctrl-C reaches the demo alone, which then stops the service in order.
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'main.js')], {
    env,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal);
  // Should the demo die, the service must not outlive it.
  process.on('exit', () => child.kill('SIGTERM'));
  await ready(url, exited, () => Buffer.concat(output).toString());
  return {
    url,
    exited,
    errors: () => Buffer.concat(output).toString(),
    token: () =>
      execFileSync(process.execPath, [join(ROOT, 'dist', 'token.js'), '--role', 'admin', '--sub', 'demo'], {
        env,
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
        .toString()
        .trim(),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function demoFiles() {
  const folder = join(DEMO_DATA, 'demo-files');
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function ready(url, exited, output) {
  const deadline = Date.now() + START_MS;
  let ended = false;
  void exited.then(() => (ended = true));
  while (Date.now() < deadline && !ended) {
    const answer = await fetch(`${url}/health/ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.stderr.write(`Carillon did not start.\n${output()}\n`);
  process.exit(1);
}

/** The wanted port, or any free one when somebody else has it. */
async function freePort(wanted) {
  for (const port of [wanted, 0]) {
    const server = createServer();
    const listening = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!listening) continue;
    const found = server.address().port;
    await new Promise((resolve) => server.close(resolve));
    return found;
  }
  throw new Error('No free port.');
}
