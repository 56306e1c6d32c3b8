import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import {
  isEmbeddedPostgresAvailable,
  startEmbeddedPostgres,
} from '../../src/platform/database/embedded/embedded-postgres.js';
import { findRunningServer } from '../../src/platform/database/embedded/postmaster-pid.js';
import { failureOf, query, startHost, stopHost, urlOf } from '../support/postgres-host.js';
import { makeFolder, removeFolder } from '../support/postgres-install.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the embedded PostgreSQL', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await makeFolder();
  });

  afterEach(() => removeFolder(dataDir));

  it('is available where the tests run', () => {
    expect(isEmbeddedPostgresAvailable()).toBe(true);
  });

  it('makes its data at the first start, and finds them at the next', async () => {
    const first = await startEmbeddedPostgres({ dataDir, log });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDir, log });
    try {
      expect(second.url).toBe(first.url);
      expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      await second.stop();
    }
  });

  it('is durable, and reachable by its own user alone', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, log });
    try {
      const rows = await query<{ name: string; setting: string }>(
        postgres.url,
        "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'jit', 'max_connections')",
      );
      expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
        fsync: 'on',
        synchronous_commit: 'on',
        full_page_writes: 'on',
        listen_addresses: '',
        jit: 'off',
        max_connections: '200',
      });
      for (const folder of ['postgres', 'postgres-socket']) {
        const { mode, uid } = await stat(join(dataDir, folder));
        expect(mode & 0o777).toBe(0o700);
        // As root, the server and its data are another user's.
        if (process.getuid?.() === 0) expect(uid).not.toBe(0);
        else expect(uid).toBe(process.getuid?.());
      }
    } finally {
      await postgres.stop();
    }
  });

  it('takes settings of the caller over its own', async () => {
    const postgres = await startEmbeddedPostgres({
      dataDir,
      log,
      durable: false,
      settings: { work_mem: '9MB' },
    });
    try {
      expect(await query(postgres.url, 'SHOW work_mem')).toEqual([{ work_mem: '9MB' }]);
      expect(await query(postgres.url, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
    } finally {
      await postgres.stop();
    }
  });

  it('sorts and folds letters alike on every machine', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, log, durable: false });
    try {
      const rows = await query(
        postgres.url,
        "SELECT lower('ÄÖÉ') AS lower, ARRAY(SELECT x FROM unnest(ARRAY['ä', 'b', 'Z', 'a']) x ORDER BY x) AS sorted",
      );
      expect(rows).toEqual([{ lower: 'äöé', sorted: ['Z', 'a', 'b', 'ä'] }]);
    } finally {
      await postgres.stop();
    }
  });

  it('ends open connections when it stops, leaves no server, and may be stopped twice', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, log, durable: false });
    const client = new pg.Client({ connectionString: postgres.url });
    const cut = new Promise<void>((resolve) => client.on('end', resolve));
    client.on('error', () => undefined);
    await client.connect();
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    await cut;
    expect(await postgres.exited).toBeNull();
    expect(await findRunningServer(join(dataDir, 'postgres'))).toBeNull();
    await expect(query(postgres.url, 'SELECT 1')).rejects.toThrow();
  });

  it('refuses a second process on the same directory, and says which one to stop', async () => {
    const first = startHost(dataDir);
    try {
      const url = await urlOf(first);
      const message = `Another Carillon already uses ${dataDir} (process ${first.pid}). Stop it, or set DATA_DIR.`;
      expect(await failureOf(startHost(dataDir))).toBe(message);
      await expect(startEmbeddedPostgres({ dataDir, log, durable: false })).rejects.toThrow(message);
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await stopHost(first);
    }
  });

  it('lets exactly one win when several processes start at once', async () => {
    const hosts = Array.from({ length: 4 }, () => startHost(dataDir));
    try {
      const outcomes = await Promise.allSettled(hosts.map(urlOf));
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      const losers = hosts.filter((_, index) => outcomes[index]?.status === 'rejected');
      for (const host of losers) expect(host.lines.join('\n')).toMatch(/Another Carillon|at once/);
    } finally {
      await Promise.all(hosts.map(stopHost));
    }
  });
});
