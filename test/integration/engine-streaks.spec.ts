import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Claim } from '../../src/modules/executions/claimed-execution.js';
import type { AttemptResult } from '../../src/modules/executions/attempt-result.js';
import { Listener } from '../../src/platform/database/listener.js';
import { eventually } from '../support/eventually.js';
import { claimed, createQueue, FAILED, manual, resultOf, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('streaks of failures', () => {
  let queue: Queue;
  const owner = randomUUID();

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held, attempts CASCADE');
  });

  async function claimedOf(jobIds: readonly string[]): Promise<Claim> {
    await queue.enqueuer().enqueueMany(jobIds.map((jobId) => manual(jobId)));
    return claimed(queue, owner, jobIds.length);
  }

  /** Settles a claim in one batch whose entries ended one after another; F is a failure, S a success. */
  async function settleAs(claim: Claim, word: string): Promise<void> {
    const start = Date.now();
    const results = [...word].map((letter, index): AttemptResult => {
      const finishedAt = new Date(start + index);
      return resultOf(claim, index, letter === 'F' ? { ...FAILED, finishedAt } : { finishedAt });
    });
    // The order of the entries says nothing: the instants do.
    await queue.settlement.settle(owner, results.toReversed());
  }

  const streakOf = (jobId: string) =>
    queue.value<number>('SELECT consecutive_failures FROM job_runtime WHERE job_id = $1', [jobId]);

  it.each([
    ['F', 1],
    ['FFF', 3],
    ['FFS', 0],
    ['FSFF', 2],
    ['SFSF', 1],
    ['SSS', 0],
  ])('counts %s in one batch as %i', async (word, expected) => {
    const jobId = await insertJob(queue.sql);
    await settleAs(await claimedOf(Array(word.length).fill(jobId)), word);
    expect(await streakOf(jobId)).toBe(expected);
  });

  it('goes on over batches, and a success ends it', async () => {
    const jobId = await insertJob(queue.sql);
    const expected = [2, 3, 1, 0, 0, 2];
    for (const [index, word] of ['FF', 'F', 'SF', 'FS', 'S', 'FF'].entries()) {
      await settleAs(await claimedOf(Array(word.length).fill(jobId)), word);
      expect(await streakOf(jobId)).toBe(expected[index]);
    }
  });

  it('does not count retries and cancellations', async () => {
    const jobId = await insertJob(queue.sql);
    const claim = await claimedOf([jobId, jobId]);
    await queue.settlement.settle(owner, [
      resultOf(claim, 0, { ...FAILED, state: 'delayed', retryDelayMs: 60_000 }),
      resultOf(claim, 1, { state: 'cancelled' }),
    ]);
    expect(await streakOf(jobId)).toBe(0);
  });

  it('loses no failure when many batches of many jobs are settled at once', async () => {
    const jobIds: string[] = [];
    for (let count = 0; count < 30; count++) jobIds.push(await insertJob(queue.sql));
    const batches: AttemptResult[][] = [];
    for (let batch = 0; batch < 16; batch++) {
      const claim = await claimedOf(jobIds);
      const results = claim.executions.map((_, index) => resultOf(claim, index, FAILED));
      batches.push(batch % 2 ? results : results.toReversed());
    }
    const accepted = await Promise.all(batches.map((results) => queue.settlement.settle(owner, results)));
    expect(accepted.map((ids) => ids.size)).toEqual(Array(16).fill(30));
    expect(
      await queue.rows('SELECT DISTINCT consecutive_failures FROM job_runtime WHERE job_id = ANY ($1)', [
        jobIds,
      ]),
    ).toEqual([{ consecutive_failures: 16 }]);
    expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
  });

  describe('pauseAfterFailures', () => {
    const nextRunAt = new Date('2040-01-01T00:00:00.000Z');

    it('pauses the job and its clock at the last failure, and tells every node', async () => {
      const jobId = await insertJob(queue.sql, { pauseAfterFailures: 3, nextRunAt });
      const listener = new Listener(queue.url);
      await listener.start();
      try {
        const told: string[] = [];
        listener.on('carillon_jobs', (id) => told.push(id));
        await settleAs(await claimedOf([jobId, jobId]), 'FF');
        expect(await queue.value('SELECT state FROM jobs WHERE id = $1', [jobId])).toBe('enabled');
        await settleAs(await claimedOf([jobId]), 'F');
        expect(await queue.value('SELECT state FROM jobs WHERE id = $1', [jobId])).toBe('paused');
        expect(
          await queue.rows(
            'SELECT next_run_at, paused_run_at, schedule_version::int FROM job_clocks WHERE job_id = $1',
            [jobId],
          ),
        ).toEqual([{ next_run_at: null, paused_run_at: nextRunAt, schedule_version: 2 }]);
        await eventually(
          () => told,
          (ids) => ids.includes(jobId),
        );
      } finally {
        await listener.close();
      }
    });

    it('leaves alone a job that is paused or disabled already', async () => {
      const jobId = await insertJob(queue.sql, { pauseAfterFailures: 1 });
      await queue.sql.query(`UPDATE jobs SET state = 'disabled' WHERE id = $1`, [jobId]);
      await settleAs(await claimedOf([jobId]), 'F');
      expect(await queue.value('SELECT state FROM jobs WHERE id = $1', [jobId])).toBe('disabled');
    });

    it('also counts executions whose worker was lost for good', async () => {
      const jobId = await insertJob(queue.sql, { pauseAfterFailures: 1, nextRunAt });
      await queue.enqueuer().enqueue(manual(jobId));
      for (let attempt = 1; attempt <= 3; attempt++) {
        await claimed(queue, owner);
        await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 s'`);
        await queue.rescuer.rescueBatch();
      }
      expect(await streakOf(jobId)).toBe(1);
      expect(await queue.value('SELECT state FROM jobs WHERE id = $1', [jobId])).toBe('paused');
    });
  });

  it('goes on where a job is gone for good meanwhile', async () => {
    const jobId = await insertJob(queue.sql);
    const claim = await claimedOf([jobId]);
    await queue.sql.query('DELETE FROM jobs WHERE id = $1', [jobId]);
    const accepted = await queue.settlement.settle(owner, [resultOf(claim, 0, FAILED)]);
    expect(accepted.size).toBe(1);
    expect(await queue.settlement.settle(owner, [resultOf(claim, 0, { executionId: uuidv7() })])).toEqual(
      new Set(),
    );
  });
});
