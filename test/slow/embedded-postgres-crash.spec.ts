import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { isProcessThere, isServerOn } from '../../src/platform/database/embedded/process-identity.js';
import { findRunningServer } from '../../src/platform/database/embedded/postmaster-pid.js';
import { eventually } from '../support/eventually.js';
import { failureOf, logOf, query, startHost, stopHost, urlOf } from '../support/postgres-host.js';
import { makeFolder, removeFolder } from '../support/postgres-install.js';
import type { TypeScriptProcess } from '../support/run-typescript.js';

describe('the embedded PostgreSQL in a crash', () => {
  let dataDir: string;
  let cluster: string;
  const hosts: TypeScriptProcess[] = [];

  const start = (durable = false) => {
    const host = startHost(dataDir, durable);
    hosts.push(host);
    return host;
  };

  const serverPid = async (): Promise<number> => {
    const pid = await eventually(
      () => findRunningServer(cluster),
      (found) => found !== null,
    );
    if (pid === null) throw new Error('unreachable: a server runs');
    return pid;
  };

  const noServer = () =>
    eventually(
      () => findRunningServer(cluster),
      (found) => found === null,
    );

  beforeEach(async () => {
    dataDir = await makeFolder();
    cluster = join(dataDir, 'postgres');
  });

  afterEach(async () => {
    for (const host of hosts) host.kill('SIGCONT');
    await Promise.all(hosts.splice(0).map(stopHost));
    await noServer();
    await removeFolder(dataDir);
  });

  it('stops by itself when its node process is killed', async () => {
    const host = start();
    await urlOf(host);
    const pid = await serverPid();
    host.kill('SIGKILL');
    await eventually(
      () => isServerOn(pid, cluster),
      (runs) => !runs,
    );
  });

  it('loses no acknowledged row when its node process is killed, and starts again at once', async () => {
    const host = start(true);
    const url = await urlOf(host);
    await query(url, 'CREATE TABLE kept (id integer PRIMARY KEY)');
    const acknowledged = await writeUntilCut(url, (count) => count === 300 && host.kill('SIGKILL'));
    const kept = await query<{ id: number }>(await urlOf(start(true)), 'SELECT id FROM kept');
    const ids = new Set(kept.map((row) => row.id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(300);
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('starts again at once when node and the server are both killed', async () => {
    const host = start(true);
    const url = await urlOf(host);
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
    const pid = await serverPid();
    host.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    expect(await query(await urlOf(start(true)), 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('waits for a server that is slow to stop after its node process was killed', async () => {
    const first = start();
    await urlOf(first);
    const pid = await serverPid();
    process.kill(pid, 'SIGSTOP');
    first.kill('SIGKILL');
    const second = start();
    try {
      await logOf(second, new RegExp(`Waiting for an earlier PostgreSQL \\(process ${pid}\\)`));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await urlOf(second);
    expect(await serverPid()).not.toBe(pid);
  });

  it('waits for a worker process that outlives its killed server, lest two of them write', async () => {
    const first = start();
    const client = new pg.Client({ connectionString: await urlOf(first) });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const worker = rows[0]?.pid ?? 0;
    process.kill(worker, 'SIGSTOP');
    try {
      const pid = await serverPid();
      first.kill('SIGKILL');
      process.kill(pid, 'SIGKILL');
      const second = start();
      await logOf(second, /pre-existing shared memory block .* still in use/);
      process.kill(worker, 'SIGCONT');
      await urlOf(second);
    } finally {
      if (isProcessThere(worker)) process.kill(worker, 'SIGCONT');
    }
  });

  it('starts the server again when that is killed, on the same address, and says so', async () => {
    const host = start(true);
    const url = await urlOf(host);
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
    for (let round = 0; round < 2; round++) {
      process.kill(await serverPid(), 'SIGKILL');
      await logOf(host, /ended by itself .*starting it again/);
      await logOf(host, /PostgreSQL is back/);
      expect(await query(url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    }
  });

  it('starts the server again when its watchdog is killed', async () => {
    const host = start();
    const url = await urlOf(host);
    const watchdog = await parentOf(await serverPid());
    process.kill(watchdog, 'SIGKILL');
    await logOf(host, /ended by itself/);
    await logOf(host, /PostgreSQL is back/);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('can be stopped while the server cannot start', async () => {
    const host = start();
    await urlOf(host);
    await rm(join(cluster, 'global', 'pg_control'));
    process.kill(await serverPid(), 'SIGKILL');
    await logOf(host, /did not start/);
    await stopHost(host);
    expect(host.lines.at(-1)).toBe('{"exited":"null"}');
  });

  it('gives up when its data are gone', async () => {
    const host = start();
    await urlOf(host);
    const pid = await serverPid();
    await rename(cluster, `${cluster}-moved`);
    process.kill(pid, 'SIGKILL');
    const exited = await host.nextLine((line) => (JSON.parse(line) as { exited?: string }).exited);
    expect(exited).toContain(`${cluster} is gone`);
    expect(await host.ended).toEqual({ code: 0, signal: null });
  });

  it('refuses a second process while the first one is frozen', async () => {
    const first = start();
    await urlOf(first);
    first.kill('SIGSTOP');
    expect(await failureOf(start())).toContain(`Another Carillon already uses ${dataDir}`);
  });

  it.each([
    ['before initdb', /./],
    ['in initdb', /postgres\.initdb-/],
    ['after initdb', /postgres$/],
  ])('leaves nothing half made when the first start is killed %s', async (_, stage) => {
    const first = start();
    await eventually(
      () => readdir(dataDir),
      (entries) => entries.some((entry) => stage.test(entry)),
    );
    first.kill('SIGKILL');
    expect(await query(await urlOf(start()), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-socket']);
  });
});

/** Inserts 1, 2, 3, … one after the other until the connection breaks; answers those that were acknowledged. */
async function writeUntilCut(url: string, acknowledged: (count: number) => unknown): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const ids: number[] = [];
  try {
    for (let id = 1; ; id++) {
      await client.query('INSERT INTO kept VALUES ($1)', [id]);
      ids.push(id);
      acknowledged(ids.length);
    }
  } catch {
    return ids;
  }
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]);
  expect(isProcessThere(parent)).toBe(true);
  return parent;
}
