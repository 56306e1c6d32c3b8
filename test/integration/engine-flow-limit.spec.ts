import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Outcome } from '../../src/domain/execution/outcome.js';
import { Canceller } from '../../src/modules/executions/canceller.js';
import { LowWaterMarks } from '../../src/modules/executions/low-water-marks.js';
import { startNode, type Work } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { claimed, createQueue, FAILED, manual, resultOf, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

const activeOf = (queue: Queue, jobId: string) =>
  queue.value<number>('SELECT active FROM flow_slots WHERE job_id = $1', [jobId]);

describe('a limit of concurrency', () => {
  let queue: Queue;
  const owner = randomUUID();

  beforeAll(async () => {
    queue = await createQueue(24);
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held, attempts, flow_slots CASCADE');
  });

  it('admits up to the limit, and the next when one ends: best priority first, then the oldest', async () => {
    const jobId = await insertJob(queue.sql, { maxConcurrency: 2 });
    const enqueuer = queue.enqueuer();
    const ids: string[] = [];
    for (const priority of [0, 0, 0, 7, 0]) ids.push(await enqueuer.enqueue(manual(jobId, { priority })));
    const first = await claimed(queue, owner);
    expect(first.executions.map((execution) => execution.executionId)).toEqual([ids[0], ids[1]]);
    await queue.settlement.settle(owner, [resultOf(first, 0)]);
    const second = await claimed(queue, owner);
    expect(second.executions.map((execution) => execution.executionId)).toEqual([ids[3]]);
    await queue.settlement.settle(owner, [resultOf(first, 1, FAILED), resultOf(second, 0)]);
    const third = await claimed(queue, owner);
    // Admitted in the same instant: neither is the older one.
    const last = third.executions.map((execution) => execution.executionId);
    expect(new Set(last)).toEqual(new Set([ids[2], ids[4]]));
    expect(await activeOf(queue, jobId)).toBe(2);
    await queue.settlement.settle(owner, [resultOf(third, 0), resultOf(third, 1)]);
    expect(await activeOf(queue, jobId)).toBe(0);
    expect(await queue.flow.mend()).toEqual([]);
  });

  it('holds when many enqueue the first executions of a job at once', async () => {
    for (let round = 0; round < 10; round++) {
      const jobId = await insertJob(queue.sql, { maxConcurrency: 2 });
      await Promise.all(Array.from({ length: 10 }, () => queue.enqueuer().enqueue(manual(jobId))));
      expect(await activeOf(queue, jobId)).toBe(2);
      expect(await queue.value('SELECT count(*)::int FROM ready WHERE job_id = $1', [jobId])).toBe(2);
      expect(await queue.value('SELECT count(*)::int FROM held WHERE job_id = $1', [jobId])).toBe(8);
    }
  });

  it('does not keep a free slot from one that may start, for one that waits for its time', async () => {
    const jobId = await insertJob(queue.sql, { maxConcurrency: 1, retry: { maxAttempts: 2 } });
    const enqueuer = queue.enqueuer();
    const early = await enqueuer.enqueue(manual(jobId));
    const claim = await claimed(queue, owner);
    await queue.settlement.settle(owner, [
      resultOf(claim, 0, { ...FAILED, state: 'delayed', retryDelayMs: 3_600_000 }),
    ]);
    expect(await activeOf(queue, jobId)).toBe(0);
    const late = await enqueuer.enqueue(manual(jobId));
    const second = await claimed(queue, owner);
    expect(second.executions).toMatchObject([{ executionId: late }]);
    await queue.sql.query('UPDATE held SET available_at = now()');
    await queue.sql.query('UPDATE flow_slots SET wake_at = now()');
    expect(await queue.flow.admitDue()).toBe(0);
    await queue.settlement.settle(owner, [resultOf(second, 0)]);
    expect((await claimed(queue, owner)).executions).toMatchObject([{ executionId: early, attempt: 2 }]);
  });

  it('admits a held one when its time has come', async () => {
    const jobId = await insertJob(queue.sql, { maxConcurrency: 1 });
    await queue.enqueuer().enqueue(manual(jobId, { startAt: new Date(Date.now() + 3_600_000) }));
    expect(await queue.flow.admitDue()).toBe(0);
    await queue.sql.query('UPDATE held SET available_at = now()');
    await queue.sql.query('UPDATE flow_slots SET wake_at = now()');
    expect(await queue.flow.admitDue()).toBe(1);
    expect((await claimed(queue, owner)).executions).toHaveLength(1);
  });

  it('keeps the slot over a rescue, and frees it when the rescue is the end', async () => {
    const jobId = await insertJob(queue.sql, { maxConcurrency: 1 });
    await queue.enqueuer().enqueueMany([manual(jobId), manual(jobId)]);
    for (let crash = 1; crash <= 3; crash++) {
      expect((await claimed(queue, owner)).executions).toMatchObject([{ attempt: crash }]);
      await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 s'`);
      await queue.rescuer.rescueBatch();
      expect(await activeOf(queue, jobId)).toBe(1);
    }
    expect((await claimed(queue, owner)).executions).toMatchObject([{ attempt: 1 }]);
    expect(await queue.flow.mend()).toEqual([]);
  });

  it('mends a counter that is wrong, and admits what waited for it', async () => {
    const jobId = await insertJob(queue.sql, { maxConcurrency: 2 });
    await queue.enqueuer().enqueueMany([manual(jobId), manual(jobId), manual(jobId)]);
    await claimed(queue, owner, 1);
    expect(await queue.flow.mend()).toEqual([]);
    await queue.sql.query('UPDATE flow_slots SET active = 9 WHERE job_id = $1', [jobId]);
    const claim = await claimed(queue, owner);
    await queue.settlement.settle(owner, [resultOf(claim, 0)]);
    expect(await queue.flow.mend()).toEqual([jobId]);
    expect(await activeOf(queue, jobId)).toBe(2);
  });

  it('does not deadlock when executions are cancelled while slots change hands', async () => {
    const jobId = await insertJob(queue.sql, { maxConcurrency: 5 });
    for (let round = 0; round < 10; round++) {
      const ids = await queue.enqueuer().enqueueMany(Array.from({ length: 60 }, () => manual(jobId)));
      const all = ids.filter((id) => id !== null);
      const settleSome = async () => {
        for (let turn = 0; turn < 4; turn++) {
          const claim = await claimed(queue, owner, 3).catch(() => null);
          if (!claim) continue;
          const results = claim.executions.map((_, index) => resultOf(claim, index));
          await queue.settlement.settle(owner, results);
        }
      };
      await Promise.all([
        settleSome(),
        settleSome(),
        settleSome(),
        queue.cancelUnclaimed(all.slice(0, 40)),
        queue.cancelUnclaimed(all.slice(10, 50).reverse()),
      ]);
      await eventually(
        () => queue.cancelUnclaimed(all),
        (ended) => ended.length === 0,
      );
    }
    await eventually(
      () => queue.value<number>(`SELECT count(*)::int FROM executions WHERE finished_at IS NULL`),
      (open) => open === 0,
    );
    expect(await activeOf(queue, jobId)).toBe(0);
    expect(await queue.flow.mend()).toEqual([]);
  });
});

describe('a limit of concurrency over several nodes', () => {
  const LIMIT = 3;
  let queue: Queue;
  const nodes: INestApplicationContext[] = [];
  let running = 0;
  let most = 0;
  let runs = 0;

  /** Takes long enough for runs to overlap wherever they may, and fails at times: then it is tried again. */
  const work: Work = async (_, { signal }): Promise<Outcome> => {
    most = Math.max(most, ++running);
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 15 + (runs % 7)));
    running--;
    if (signal.aborted) return { kind: 'cancelled', reason: 'It was told to stop.' };
    if (runs % 5 > 0) return { kind: 'succeeded', output: null };
    return { kind: 'failed', failureKind: 'error', error: FAILED.error, retryable: true };
  };

  beforeAll(async () => {
    queue = await createQueue();
    for (let count = 0; count < 3; count++) nodes.push(await startNode(queue.url, { work }));
    nodes.push(await startNode(queue.url, { scheduler: true }));
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await queue.drop();
  });

  it('is never exceeded, with retries, cancellations and rescues, and leaves no slot behind', async () => {
    const jobId = await insertJob(queue.sql, {
      maxConcurrency: LIMIT,
      retry: { maxAttempts: 3, delaySeconds: 0 },
    });
    const canceller = nodes[0]?.get(Canceller, { strict: false });
    if (!canceller) throw new Error('unreachable');
    const ids: string[] = [];
    for (let burst = 0; burst < 10; burst++) {
      const made = await queue.enqueuer().enqueueMany(Array.from({ length: 30 }, () => manual(jobId)));
      ids.push(...made.filter((id) => id !== null));
      // A worker that dies with what it has claimed.
      await queue.claims.claim(randomUUID(), 1, 0, new LowWaterMarks());
      const victims = ids.filter((_, index) => index % 11 === burst);
      await Promise.allSettled(victims.map((id) => canceller.cancel(id, 'Enough.')));
    }
    const open = () =>
      queue.rows<{ state: string; n: number }>(
        `SELECT state, count(*)::int AS n FROM executions WHERE finished_at IS NULL GROUP BY state`,
      );
    await eventually(open, (rows) => rows.length === 0, { timeoutMs: 25_000 });
    expect(most).toBe(LIMIT);
    expect(await queue.value('SELECT count(*)::int FROM executions')).toBe(300);
    expect(await queue.flow.mend()).toEqual([]);
    expect(await activeOf(queue, jobId)).toBe(0);
    expect(await queue.value('SELECT count(*)::int FROM held')).toBe(0);
    expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
    expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
  });
});
