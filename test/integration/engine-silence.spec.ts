import { DataSource } from 'typeorm';
import { Loops, type WatchedLoop } from '../../src/engine/loops.js';
import { Enqueuer } from '../../src/modules/executions/enqueuer.js';
import { isConnectionError } from '../../src/platform/database/connection-error.js';
import { HotDatabase } from '../../src/platform/database/hot-database.js';
import { Listener } from '../../src/platform/database/listener.js';
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.js';
import { startNode, SUCCEEDED } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { createQueue, manual, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

const SILENCE_MS = 2_000;
const ONE = { name: 'one', text: 'SELECT 1 AS n' };

describe('a database that vanishes without a word', () => {
  let queue: Queue;
  let proxy: DatabaseProxy;

  beforeAll(async () => {
    queue = await createQueue(4);
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    proxy = await startDatabaseProxy(queue.url);
  });
  afterEach(() => proxy.close());

  async function withDatabase(test: (database: HotDatabase) => Promise<void>): Promise<void> {
    const database = new HotDatabase(proxy.url, 1, SILENCE_MS);
    try {
      await test(database);
    } finally {
      await database.close();
    }
  }

  it('fails a statement in time, as something that passes; the next one gets a new connection', () =>
    withDatabase(async (database) => {
      await database.rows(ONE, []);
      proxy.silence();
      const error: unknown = await database.rows(ONE, []).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(isConnectionError(error)).toBe(true);
      expect(await database.rows(ONE, [])).toEqual([{ n: 1 }]);
    }));

  it('fails a transaction as soon, without waiting for its ROLLBACK', () =>
    withDatabase(async (database) => {
      let silentSince = 0;
      const ended = database.transaction(async (runner) => {
        await runner.rows(ONE, []);
        proxy.silence();
        silentSince = performance.now();
        await runner.rows(ONE, []);
      });
      await expect(ended).rejects.toThrow('said nothing');
      expect(performance.now() - silentSince).toBeLessThan(SILENCE_MS * 1.7);
      expect(await database.rows(ONE, [])).toEqual([{ n: 1 }]);
    }));

  it('lets a connection be that nobody waits for', () =>
    withDatabase(async (database) => {
      const pid = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid, clock_timestamp() AS now' };
      const [first] = await database.rows<{ pid: number; now: Date }>(pid, []);
      await eventually(
        () => queue.value<Date>('SELECT clock_timestamp()'),
        (now) => now.getTime() - (first?.now.getTime() ?? 0) > SILENCE_MS * 1.5,
      );
      expect(await database.rows(pid, [])).toMatchObject([{ pid: first?.pid }]);
    }));

  it('loses the connection that listens: another one listens on', async () => {
    const listener = new Listener(proxy.url, 200);
    await listener.start();
    try {
      let heard = 0;
      let reconnects = 0;
      listener.on('carillon_ready', () => heard++);
      listener.onReconnect(() => reconnects++);
      proxy.silence();
      await eventually(
        () => reconnects,
        (count) => count === 1,
      );
      await queue.sql.query('NOTIFY carillon_ready');
      await eventually(
        () => heard,
        (count) => count === 1,
      );
    } finally {
      await listener.close();
    }
  });

  it('holds up a whole node for a moment, and everything in it goes on', async () => {
    let runs = 0;
    const work = () => Promise.resolve(SUCCEEDED).finally(() => runs++);
    const node = await startNode(proxy.url, { work, scheduler: true, silenceMs: SILENCE_MS });
    try {
      const loops = node.get(Loops, { strict: false }).all();
      const jobId = await insertJob(queue.sql);
      const enqueue = () => node.get(Enqueuer, { strict: false }).enqueue(manual(jobId));
      await enqueue();
      await eventually(
        () => runs,
        (count) => count === 1,
      );
      proxy.silence();
      await eventually(
        () => loopCalled('claims', loops).lagMs,
        (lag) => lag > SILENCE_MS * 0.75,
      );
      await eventually(
        () => enqueue().catch(() => null),
        (id) => id !== null,
      );
      await eventually(
        () => runs,
        (count) => count >= 2,
      );
      const since = performance.now();
      const often = ['claims', 'leases', 'running-marks', 'cancellations', 'rescue', 'admissions', 'node'];
      await eventually(
        () => often.filter((name) => performance.now() - loopCalled(name, loops).lagMs < since),
        (behind) => behind.length === 0,
      );
      await expect(node.get(DataSource).query('SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
    } finally {
      await node.close();
    }
  }, 60_000);

  it('does not stop TypeORM, which would put a connection back that still waits', async () => {
    const node = await startNode(proxy.url, { silenceMs: SILENCE_MS });
    try {
      const dataSource = node.get(DataSource);
      await dataSource.query('SELECT 1');
      proxy.silence();
      const error: unknown = await dataSource.query('SELECT 1').catch((thrown: unknown) => thrown);
      expect(isConnectionError(error)).toBe(true);
      expect(await dataSource.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
    } finally {
      await node.close();
    }
  });

  it('is told from a claim loop that only has nothing to do', async () => {
    const node = await startNode(queue.url, { work: () => Promise.resolve(SUCCEEDED) });
    try {
      const claims = loopCalled('claims', node.get(Loops, { strict: false }).all());
      await eventually(
        () => ({ lag: claims.lagMs, healthy: claims.healthy }),
        ({ lag, healthy }) => lag > 500 || !healthy,
      );
      await eventually(
        () => ({ lag: claims.lagMs, healthy: claims.healthy }),
        ({ lag, healthy }) => lag < 200 || !healthy,
      );
      expect(claims.healthy).toBe(true);
    } finally {
      await node.close();
    }
  });
});

function loopCalled(name: string, loops: readonly WatchedLoop[]): WatchedLoop {
  const loop = loops.find((one) => one.name === name);
  if (!loop) throw new Error(`No loop is called ${name}`);
  return loop;
}
