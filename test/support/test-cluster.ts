/**
 * The PostgreSQL of one jest run, in a process of its own: global-setup.mjs starts it. It prints one line of JSON,
 * and stops when its standard input ends, which is also what happens when jest is killed.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { runMigrations } from '../../src/platform/database/migrations.js';

const FOLDER = 'carillon-test-';
const TEMPLATE = 'carillon_template';

const inputEnded = new Promise<void>((resolve) => {
  process.stdin.once('end', resolve).once('close', resolve).resume();
});
// A Ctrl-C in the terminal reaches this process too: it must outlast jest's last tests and tidy up after them.
process.on('SIGINT', () => undefined);

const toStderr = (message: string) => process.stderr.write(`${message}\n`);
const log = { debug: () => undefined, info: () => undefined, warn: toStderr, error: toStderr };

await removeLeftovers();
const dataDir = await mkdtemp(join(tmpdir(), `${FOLDER}${process.pid}-`));
const cluster = await startEmbeddedPostgres({
  dataDir,
  log,
  durable: false,
  settings: { max_connections: 300 },
});
try {
  await makeTemplate(cluster.url);
  process.stdout.write(`${JSON.stringify({ adminUrl: cluster.url })}\n`);
  await inputEnded;
} finally {
  await cluster.stop();
  await rm(dataDir, { recursive: true, force: true });
}
process.exit();

/** What jest runs left behind that were killed together with this helper. */
async function removeLeftovers(): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    const pid = entry.startsWith(FOLDER) ? Number.parseInt(entry.slice(FOLDER.length), 10) : NaN;
    if (pid > 0 && !isThere(pid)) await rm(join(tmpdir(), entry), { recursive: true, force: true });
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Nobody may connect to the template: PostgreSQL copies only a database without connections. */
async function makeTemplate(adminUrl: string): Promise<void> {
  await run(adminUrl, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
  await run(adminUrl.replace('/carillon?', `/${TEMPLATE}?`), runMigrations);
  await run(adminUrl, (client) =>
    client.query(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`),
  );
}

async function run(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
