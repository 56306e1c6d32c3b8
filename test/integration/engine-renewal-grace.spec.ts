import { RenewalGrace } from '../../src/engine/reaper/renewal-grace.js';
import { HotDatabase } from '../../src/platform/database/hot-database.js';
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.js';
import { Gate, startNode, SUCCEEDED } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { createQueue, manual, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

const LEASE_SECONDS = 3;
/** A third of a lease, and the longest pause of a renewal that failed. */
const GRACE_MS = 6_000;

describe('after an outage longer than a lease', () => {
  let queue: Queue;
  let proxy: DatabaseProxy;
  let database: HotDatabase;

  beforeAll(async () => {
    queue = await createQueue(4);
    proxy = await startDatabaseProxy(queue.url);
    database = new HotDatabase(proxy.url, 2);
  });
  afterAll(async () => {
    await database.close();
    await proxy.close();
    await queue.drop();
  });

  async function outageOf(seconds: number): Promise<void> {
    const since = await queue.value<Date>('SELECT clock_timestamp()');
    proxy.cut();
    await eventually(
      () =>
        queue.value<boolean>('SELECT clock_timestamp() > $1::timestamptz + make_interval(secs => $2)', [
          since,
          seconds,
        ]),
      (isOver) => isOver,
    );
    proxy.mend();
  }

  const isOver = (grace: RenewalGrace) =>
    eventually(
      () => grace.isOver(),
      (over) => over,
    );

  it('workers have the time of one renewal before anything is rescued', async () => {
    const grace = new RenewalGrace(database, LEASE_SECONDS);
    await isOver(grace);
    await outageOf(LEASE_SECONDS);
    const back = performance.now();
    const first = await eventually(
      () => grace.isOver().catch(() => null),
      (over) => over !== null,
    );
    expect(first).toBe(false);
    await isOver(grace);
    expect(performance.now() - back).toBeGreaterThanOrEqual(GRACE_MS - 100);
  }, 40_000);

  it('a short loss of connections holds up nothing', async () => {
    const grace = new RenewalGrace(database, LEASE_SECONDS);
    await isOver(grace);
    proxy.cut();
    await expect(grace.isOver()).rejects.toThrow();
    proxy.mend();
    expect(await grace.isOver()).toBe(true);
  });

  it('a node that has seen nothing yet goes by the start of the server', async () => {
    const longAgo = new RenewalGrace(database, LEASE_SECONDS);
    await isOver(longAgo);
    const justNow = new RenewalGrace(database, 1_000_000);
    expect(await justNow.isOver()).toBe(false);
  });

  it('what runs goes on where it runs, and only there', async () => {
    const gate = new Gate();
    const attempts: number[] = [];
    const node = await startNode(proxy.url, {
      scheduler: true,
      work: async (_, context) => {
        attempts.push(context.attempt);
        await gate.pass(context.signal);
        return SUCCEEDED;
      },
    });
    try {
      const jobId = await insertJob(queue.sql);
      await queue.enqueuer().enqueueMany([manual(jobId), manual(jobId), manual(jobId)]);
      await eventually(
        () => attempts.length,
        (count) => count === 3,
      );
      const expired = () =>
        queue.value<boolean>('SELECT coalesce(bool_or(lease_until < clock_timestamp()), false) FROM claims');
      proxy.cut();
      await eventually(expired, (isExpired) => isExpired);
      proxy.mend();
      await eventually(expired, (isExpired) => !isExpired);
      gate.open();
      await eventually(
        () =>
          queue.rows<{ state: string }>('SELECT state, attempt FROM executions WHERE job_id = $1', [jobId]),
        (rows) => rows.every((row) => row.state === 'succeeded'),
      );
      expect(attempts).toEqual([1, 1, 1]);
    } finally {
      await node.close();
    }
  }, 40_000);
});
