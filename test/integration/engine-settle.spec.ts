import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { AttemptResult } from '../../src/modules/executions/attempt-result.js';
import { eventually } from '../support/eventually.js';
import { claimed, createQueue, FAILED, manual, resultOf, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('settling', () => {
  let queue: Queue;
  const owner = randomUUID();

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held, attempts CASCADE');
  });

  async function claimedOf(jobId: string, count = 1) {
    await queue.enqueuer().enqueueMany(Array.from({ length: count }, () => manual(jobId)));
    return claimed(queue, owner, count);
  }

  const everything = () =>
    queue.rows(`SELECT (SELECT json_agg(e ORDER BY e.id) FROM executions e) AS executions,
                       (SELECT json_agg(c) FROM claims c) AS claims, (SELECT json_agg(r) FROM ready r) AS ready,
                       (SELECT json_agg(a) FROM attempts a) AS attempts`);

  it('records a success, and drops the lease', async () => {
    const jobId = await insertJob(queue.sql);
    const claim = await claimedOf(jobId);
    const startedAt = new Date('2030-01-01T00:00:00.123Z');
    const finishedAt = new Date('2030-01-01T00:00:01.456Z');
    const result = resultOf(claim, 0, { startedAt, finishedAt, output: { ok: true }, trace: { ttfbMs: 2 } });
    const accepted = await queue.settlement.settle(owner, [result]);
    expect(accepted).toEqual(new Set([result.executionId]));
    expect(await queue.rows('SELECT * FROM executions')).toMatchObject([
      {
        state: 'succeeded',
        started_at: startedAt,
        finished_at: finishedAt,
        output: { ok: true },
        trace: { ttfbMs: 2 },
        error: null,
      },
    ]);
    expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
    expect(await queue.value('SELECT count(*)::int FROM attempts')).toBe(0);
    expect(await queue.value('SELECT last_run_at FROM job_runtime WHERE job_id = $1', [jobId])).toEqual(
      startedAt,
    );
  });

  describe('a retry of a job that was deleted meanwhile', () => {
    const retry = { ...FAILED, state: 'delayed', retryDelayMs: 60_000 } as const;
    const deletions: [string, string][] = [
      ['softly', 'UPDATE jobs SET deleted_at = now() WHERE id = $1'],
      ['for good', 'DELETE FROM jobs WHERE id = $1'],
    ];
    const ending = { code: 'cancelled', message: 'The job was deleted.' };

    it.each(deletions)('ends it as cancelled; the attempt is told as it was: %s', async (_, deletion) => {
      const deleted = await insertJob(queue.sql, { retry: { maxAttempts: 3 } });
      const limited = await insertJob(queue.sql, { retry: { maxAttempts: 3 }, maxConcurrency: 1 });
      const kept = await insertJob(queue.sql, { retry: { maxAttempts: 3 } });
      const claims = [await claimedOf(deleted), await claimedOf(limited), await claimedOf(kept)];
      for (const jobId of [deleted, limited]) await queue.sql.query(deletion, [jobId]);
      const results = claims.map((claim) => resultOf(claim, 0, retry));
      expect(await queue.settlement.settle(owner, results)).toHaveProperty('size', 3);
      const record = { attempt: 1, state: 'cancelled', failure_kind: null, error: ending };
      expect(await queue.rows('SELECT * FROM executions ORDER BY id')).toMatchObject([
        { ...record, finished_at: results[0]?.finishedAt },
        { ...record, finished_at: results[1]?.finishedAt },
        { attempt: 2, state: 'delayed', error: FAILED.error, finished_at: null },
      ]);
      expect(await queue.rows('SELECT outcome, failure_kind, error FROM attempts')).toEqual(
        results.map(() => ({ outcome: 'failed', failure_kind: 'error', error: FAILED.error })),
      );
      expect(await queue.rows('SELECT job_id FROM ready')).toEqual([{ job_id: kept }]);
      expect(await queue.value('SELECT count(*)::int FROM held')).toBe(0);
      expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
    });

    it('ends it also when the deletion is not committed yet', async () => {
      const jobId = await insertJob(queue.sql, { retry: { maxAttempts: 3 } });
      const claim = await claimedOf(jobId);
      await queue.sql.query('BEGIN');
      await queue.sql.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [jobId]);
      await queue.sql.query('UPDATE jobs SET deleted_at = now() WHERE id = $1', [jobId]);
      const settled = queue.settlement.settle(owner, [resultOf(claim, 0, retry)]);
      try {
        await eventually(
          () =>
            queue.value<number>(
              `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`,
            ),
          (waiting) => waiting > 0,
        );
      } finally {
        await queue.sql.query('COMMIT');
      }
      expect(await settled).toHaveProperty('size', 1);
      expect(await queue.rows('SELECT state, error FROM executions')).toEqual([
        { state: 'cancelled', error: ending },
      ]);
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
    });

    it('lets it succeed all the same', async () => {
      const jobId = await insertJob(queue.sql, { retry: { maxAttempts: 3 } });
      const claim = await claimedOf(jobId);
      await queue.sql.query('UPDATE jobs SET deleted_at = now() WHERE id = $1', [jobId]);
      await queue.settlement.settle(owner, [resultOf(claim, 0)]);
      expect(await queue.value('SELECT state FROM executions')).toBe('succeeded');
    });
  });

  describe('refuses and changes nothing', () => {
    const refusals: [string, (result: AttemptResult) => [string, AttemptResult]][] = [
      ['another owner', (result) => [randomUUID(), result]],
      ['an unknown lease', (result) => [owner, { ...result, claimId: uuidv7() }]],
    ];
    it.each(refusals)('for %s', async (_, changed) => {
      const claim = await claimedOf(await insertJob(queue.sql));
      const before = await everything();
      const [as, result] = changed(resultOf(claim, 0));
      expect(await queue.settlement.settle(as, [result])).toEqual(new Set());
      expect(await everything()).toEqual(before);
    });

    it('for another attempt, and for one that has ended', async () => {
      const claim = await claimedOf(await insertJob(queue.sql), 3);
      const other = resultOf(claim, 0, { attempt: 2 });
      expect(await queue.settlement.settle(owner, [other])).toEqual(new Set());
      expect(await queue.rows(`SELECT state FROM executions WHERE state <> 'queued'`)).toEqual([]);
      const first = resultOf(claim, 1, { output: 'first' });
      await queue.settlement.settle(owner, [first]);
      expect(await queue.settlement.settle(owner, [{ ...first, ...FAILED, output: 'second' }])).toEqual(
        new Set(),
      );
      expect(
        await queue.rows('SELECT state, output FROM executions WHERE id = $1', [first.executionId]),
      ).toEqual([{ state: 'succeeded', output: 'first' }]);
    });

    it('for a job whose history is gone; the lease runs out and is dropped', async () => {
      const claim = await claimedOf(await insertJob(queue.sql));
      await queue.sql.query('DELETE FROM executions');
      expect(await queue.settlement.settle(owner, [resultOf(claim, 0)])).toEqual(new Set());
      await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 second'`);
      await queue.rescuer.rescueBatch();
      expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
    });
  });

  it('keeps the lease for the others when a batch is sent again because its answer was lost', async () => {
    const claim = await claimedOf(await insertJob(queue.sql), 3);
    const first = [resultOf(claim, 0)];
    expect((await queue.settlement.settle(owner, first)).size).toBe(1);
    for (let again = 0; again < 3; again++)
      expect(await queue.settlement.settle(owner, first)).toEqual(new Set());
    expect((await queue.settlement.settle(owner, [resultOf(claim, 1), resultOf(claim, 2)])).size).toBe(2);
    expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
    expect(await queue.value(`SELECT count(*)::int FROM executions WHERE state = 'succeeded'`)).toBe(3);
  });

  it('drops the lease at the end when batches of it are in flight at once', async () => {
    const jobId = await insertJob(queue.sql);
    for (let round = 0; round < 20; round++) {
      const claim = await claimedOf(jobId, 8);
      await Promise.all(
        [0, 2, 4, 6].map((from) =>
          queue.settlement.settle(owner, [resultOf(claim, from), resultOf(claim, from + 1)]),
        ),
      );
    }
    expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
    expect(await queue.value(`SELECT count(*)::int FROM executions WHERE state = 'succeeded'`)).toBe(160);
  });

  describe('a retry', () => {
    it('goes back to ready after its delay as a further attempt, and keeps what failed', async () => {
      const claim = await claimedOf(await insertJob(queue.sql, { retry: { maxAttempts: 3 } }));
      const result = resultOf(claim, 0, { ...FAILED, state: 'delayed', retryDelayMs: 90_500 });
      await queue.settlement.settle(owner, [result]);
      expect(await queue.rows('SELECT * FROM executions')).toMatchObject([
        { state: 'delayed', attempt: 2, failure_kind: null, finished_at: null, error: FAILED.error },
      ]);
      const [ready] = await queue.rows<{ delay: number }>(
        'SELECT *, extract(epoch FROM available_at - now())::float8 AS delay FROM ready',
      );
      expect(ready).toMatchObject({ execution_id: result.executionId, attempt: 2 });
      expect(ready?.delay).toBeGreaterThan(60);
      expect(ready?.delay).toBeLessThanOrEqual(90.5);
      expect(await queue.rows('SELECT * FROM attempts')).toMatchObject([
        { attempt: 1, outcome: 'failed', failure_kind: 'error', error: FAILED.error, worker: owner },
      ]);
      await queue.sql.query('UPDATE ready SET available_at = now()');
      const second = await claimed(queue, owner);
      await queue.settlement.settle(owner, [resultOf(second, 0)]);
      expect(await queue.rows('SELECT state, attempt, error FROM executions')).toEqual([
        { state: 'succeeded', attempt: 2, error: null },
      ]);
      expect(await queue.rows('SELECT attempt, outcome FROM attempts ORDER BY attempt')).toEqual([
        { attempt: 1, outcome: 'failed' },
        { attempt: 2, outcome: 'succeeded' },
      ]);
    });

    it('becomes a cancellation when that was asked for', async () => {
      const claim = await claimedOf(await insertJob(queue.sql));
      await queue.sql.query('UPDATE executions SET cancel_requested_at = now()');
      await queue.settlement.settle(owner, [resultOf(claim, 0, { ...FAILED, state: 'delayed' })]);
      expect(await queue.rows('SELECT state, attempt, failure_kind FROM executions')).toEqual([
        { state: 'cancelled', attempt: 1, failure_kind: null },
      ]);
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
    });
  });
});

describe('settling on one connection', () => {
  it('updates executions in place: heap-only, no index is touched', async () => {
    const queue = await createQueue(1);
    try {
      const jobId = await insertJob(queue.sql);
      const owner = randomUUID();
      for (let round = 0; round < 10; round++) {
        await queue.enqueuer().enqueueMany(Array.from({ length: 200 }, () => manual(jobId)));
        const claim = await claimed(queue, owner, 200);
        const results = claim.executions.map((_, index) => resultOf(claim, index, { output: { n: index } }));
        await queue.settlement.settle(owner, results);
      }
      // A backend reports what it has done when it is idle for a second, or at once when it is told to.
      await queue.database.rows({ name: 'flush', text: 'SELECT pg_stat_force_next_flush()' }, []);
      const updates = await eventually(
        async () => {
          const [row] = await queue.rows<{ updated: number; hot: number }>(
            `SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables
             WHERE relname = 'executions'`,
          );
          return row;
        },
        (row) => row?.updated === 2_000,
      );
      expect(updates?.hot).toBeGreaterThan(1_300);
    } finally {
      await queue.drop();
    }
  });
});
