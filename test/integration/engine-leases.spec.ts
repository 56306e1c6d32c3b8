import { randomUUID } from 'node:crypto';
import type { Claim, HeldExecution } from '../../src/modules/executions/claimed-execution.js';
import {
  claimed,
  createQueue,
  FAILED,
  LEASE_SECONDS,
  manual,
  resultOf,
  type Queue,
} from '../support/queue.js';
import { insertJob, type JobRow } from '../support/rows.js';

describe('leases', () => {
  let queue: Queue;
  const owner = randomUUID();

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held, attempts CASCADE');
  });

  async function claimedJob(job: JobRow = {}, count = 1): Promise<Claim> {
    const jobId = await insertJob(queue.sql, job);
    await queue.enqueuer().enqueueMany(Array.from({ length: count }, () => manual(jobId)));
    return claimed(queue, owner, count);
  }

  const runOut = (claimId?: string) =>
    queue.sql.query(
      `UPDATE claims SET lease_until = now() - interval '1 ms' WHERE claim_id = coalesce($1, claim_id)`,
      [claimId ?? null],
    );

  const heldBy = ({ claimId, executions }: Claim): HeldExecution[] =>
    executions.map(({ executionId }) => ({ claimId, executionId }));

  async function rescueAll() {
    return queue.rescuer.rescueBatch();
  }

  describe('renewing', () => {
    it('prolongs what the worker holds and tells it so', async () => {
      const { claimId } = await claimedJob();
      await runOut();
      expect(await queue.claims.renew(owner, LEASE_SECONDS, [claimId])).toEqual(new Set([claimId]));
      expect(await rescueAll()).toEqual({ requeued: 0, failed: 0, cancelled: 0 });
    });

    it('does not prolong what it does not name, and not what another owns', async () => {
      const { claimId } = await claimedJob();
      expect(await queue.claims.renew(owner, LEASE_SECONDS, [randomUUID()])).toEqual(new Set());
      expect(await queue.claims.renew(randomUUID(), LEASE_SECONDS, [claimId])).toEqual(new Set());
    });

    it('does not deadlock with settlements', async () => {
      const jobId = await insertJob(queue.sql);
      for (let round = 0; round < 10; round++) {
        await queue.enqueuer().enqueueMany(Array.from({ length: 40 }, () => manual(jobId)));
        const claims: Claim[] = [];
        for (let count = 0; count < 20; count++) claims.push(await claimed(queue, owner, 2));
        const claimIds = claims.map((claim) => claim.claimId);
        await Promise.all([
          ...[0, 1].map((place) =>
            queue.settlement.settle(
              owner,
              claims.map((claim) => resultOf(claim, place)),
            ),
          ),
          ...[0, 1, 2, 3].map(() => queue.claims.renew(owner, LEASE_SECONDS, claimIds.toReversed())),
        ]);
      }
      expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
    });
  });

  describe('a rescue', () => {
    it('queues again as a further attempt, and keeps what happened', async () => {
      const claim = await claimedJob();
      const startedAt = new Date('2030-01-01T00:00:00.000Z');
      await queue.claims.markRunning(owner, [
        {
          claimId: claim.claimId,
          executionId: claim.executions[0]?.executionId ?? '',
          attempt: 1,
          startedAt,
        },
      ]);
      expect(await queue.rows('SELECT state, started_at FROM executions')).toEqual([
        { state: 'running', started_at: startedAt },
      ]);
      await runOut();
      expect(await rescueAll()).toEqual({ requeued: 1, failed: 0, cancelled: 0 });
      expect(await queue.rows('SELECT * FROM executions')).toMatchObject([
        { state: 'queued', attempt: 2, error: { code: 'worker_lost' }, finished_at: null },
      ]);
      expect(await queue.rows('SELECT * FROM attempts')).toMatchObject([
        { attempt: 1, outcome: 'failed', failure_kind: 'crash', worker: owner, started_at: startedAt },
      ]);
      expect((await claimed(queue, owner)).executions).toMatchObject([{ attempt: 2 }]);
    });

    it.each([
      [1, 3],
      [2, 3],
      [5, 5],
    ])('of a job with %i attempts fails after %i crashes', async (maxAttempts, crashes) => {
      await claimedJob({ retry: { maxAttempts } });
      for (let crash = 1; crash < crashes; crash++) {
        await runOut();
        expect(await rescueAll()).toMatchObject({ requeued: 1 });
        await claimed(queue, owner);
      }
      await runOut();
      expect(await rescueAll()).toEqual({ requeued: 0, failed: 1, cancelled: 0 });
      expect(await queue.rows('SELECT * FROM executions')).toMatchObject([
        { state: 'failed', failure_kind: 'crash', attempt: crashes, error: { code: 'worker_lost' } },
      ]);
      expect(await queue.value('SELECT count(*)::int FROM attempts')).toBe(crashes);
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
    });

    it('cancels what someone asked to cancel', async () => {
      await claimedJob();
      await queue.sql.query(`UPDATE executions SET cancel_requested_at = now(), cancel_reason = 'Enough.'`);
      await runOut();
      expect(await rescueAll()).toEqual({ requeued: 0, failed: 0, cancelled: 1 });
      expect(await queue.rows('SELECT * FROM executions')).toMatchObject([
        {
          state: 'cancelled',
          failure_kind: null,
          attempt: 1,
          error: { code: 'cancelled', message: 'Enough.' },
        },
      ]);
    });

    it.each([
      ['softly', 'UPDATE jobs SET deleted_at = now()'],
      ['for good', 'DELETE FROM jobs'],
    ])('cancels what would be tried again of a job that was deleted meanwhile: %s', async (_, deletion) => {
      await claimedJob({ retry: { maxAttempts: 5 } });
      await claimedJob({ retry: { maxAttempts: 5 }, maxConcurrency: 1 });
      await queue.sql.query(deletion);
      await runOut();
      expect(await rescueAll()).toEqual({ requeued: 0, failed: 0, cancelled: 2 });
      const ending = { code: 'cancelled', message: 'The job was deleted.' };
      expect(await queue.rows('SELECT DISTINCT state, attempt, error FROM executions')).toEqual([
        { state: 'cancelled', attempt: 1, error: ending },
      ]);
      expect(
        await queue.rows(`SELECT outcome, failure_kind, error ->> 'code' AS code FROM attempts`),
      ).toEqual([1, 2].map(() => ({ outcome: 'failed', failure_kind: 'crash', code: 'worker_lost' })));
      for (const table of ['ready', 'held', 'claims'])
        expect(await queue.value(`SELECT count(*)::int FROM ${table}`)).toBe(0);
    });

    it('takes only what has not been settled, and leaves alone what another attempt holds', async () => {
      const claim = await claimedJob({}, 3);
      await queue.settlement.settle(owner, [
        resultOf(claim, 0),
        resultOf(claim, 1, { ...FAILED, state: 'delayed' }),
      ]);
      const second = await claimed(queue, owner);
      expect(second.executions).toMatchObject([{ attempt: 2 }]);
      await runOut(claim.claimId);
      expect(await rescueAll()).toEqual({ requeued: 1, failed: 0, cancelled: 0 });
      expect(await queue.rows('SELECT execution_id, attempt FROM ready')).toEqual([
        { execution_id: claim.executions[2]?.executionId, attempt: 2 },
      ]);
      expect(await queue.settlement.settle(owner, [resultOf(second, 0)])).toHaveProperty('size', 1);
    });

    it('happens once, however many reapers run', async () => {
      for (let count = 0; count < 20; count++) await claimedJob({}, 5);
      await runOut();
      const counts = await Promise.all(Array.from({ length: 8 }, rescueAll));
      expect(counts.reduce((sum, count) => sum + count.requeued, 0)).toBe(100);
      expect(await queue.value('SELECT count(DISTINCT execution_id)::int FROM ready')).toBe(100);
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(100);
    });

    it('leaves nothing to the worker that comes back', async () => {
      const claim = await claimedJob();
      await runOut();
      await rescueAll();
      const executions = () => queue.rows('SELECT * FROM executions');
      const before = await executions();
      const [execution] = claim.executions;
      const stale = { claimId: claim.claimId, executionId: execution?.executionId ?? '', attempt: 1 };
      expect(await queue.settlement.settle(owner, [resultOf(claim, 0)])).toEqual(new Set());
      await queue.claims.markRunning(owner, [{ ...stale, startedAt: new Date() }]);
      expect(await queue.claims.release(owner, [stale])).toBe(0);
      expect(await queue.claims.renew(owner, LEASE_SECONDS, [claim.claimId])).toEqual(new Set());
      expect(await executions()).toEqual(before);
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(1);
    });

    it('and a late settlement at once: exactly one of them has its way', async () => {
      for (let round = 0; round < 15; round++) {
        const claim = await claimedJob();
        await runOut();
        const [accepted, count] = await Promise.all([
          queue.settlement.settle(owner, [resultOf(claim, 0)]),
          rescueAll(),
        ]);
        expect(accepted.size + count.requeued).toBe(1);
        await queue.sql.query('TRUNCATE ready, claims');
      }
    });
  });

  describe('handing back', () => {
    it('does not count the attempt', async () => {
      const claim = await claimedJob({}, 2);
      expect(await queue.claims.release(owner, heldBy(claim))).toBe(2);
      expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
      const again = await claimed(queue, owner);
      expect(again.executions).toMatchObject([{ attempt: 1 }, { attempt: 1 }]);
      expect(await queue.value('SELECT count(*)::int FROM attempts')).toBe(0);
    });

    it('of a part leaves the lease on the rest', async () => {
      const claim = await claimedJob({}, 3);
      const [first, ...rest] = heldBy(claim);
      expect(await queue.claims.release(owner, first ? [first] : [])).toBe(1);
      expect(await queue.rows('SELECT ids, attempts, remaining FROM claims')).toEqual([
        { ids: rest.map(({ executionId }) => executionId), attempts: [1, 1], remaining: 2 },
      ]);
      await runOut();
      expect(await rescueAll()).toEqual({ requeued: 2, failed: 0, cancelled: 0 });
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(3);
    });

    it('and settling the rest at once drops the lease', async () => {
      for (let round = 0; round < 10; round++) {
        const claim = await claimedJob({}, 4);
        await Promise.all([
          queue.claims.release(owner, heldBy(claim).slice(0, 2)),
          queue.settlement.settle(owner, [resultOf(claim, 2), resultOf(claim, 3)]),
        ]);
        expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
      }
    });
  });

  it.each([
    ['handing back', {}, (held: HeldExecution[]) => queue.claims.release(owner, held)],
    ['postponing', { maxConcurrency: 5 }, (held: HeldExecution[]) => queue.flow.postpone(owner, held)],
  ])(
    '%s, sent again as its answer was lost, leaves alone what the same worker has claimed anew',
    async (_, job, giveBack) => {
      const claim = await claimedJob(job);
      await giveBack(heldBy(claim));
      await queue.flow.admit(claim.executions.map(({ jobId }) => jobId));
      const again = await claimed(queue, owner);
      expect(again.executions).toMatchObject([{ attempt: 1 }]);
      await giveBack(heldBy(claim));
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
      expect(await queue.value('SELECT count(*)::int FROM held')).toBe(0);
      expect(await queue.settlement.settle(owner, [resultOf(again, 0)])).toHaveProperty('size', 1);
    },
  );

  it.each([
    ['handing back', {}, (held: HeldExecution[]) => queue.claims.release(owner, held)],
    ['postponing', { maxConcurrency: 5 }, (held: HeldExecution[]) => queue.flow.postpone(owner, held)],
  ])(
    '%s a retry leaves the lease alone that the worker held for the attempt before',
    async (_, job, giveBack) => {
      const earlier = await claimedJob(job, 3);
      await queue.settlement.settle(owner, [resultOf(earlier, 0, { ...FAILED, state: 'delayed' })]);
      await giveBack(heldBy(await claimed(queue, owner)));
      const remaining = 'SELECT remaining FROM claims WHERE claim_id = $1';
      expect(await queue.value(remaining, [earlier.claimId])).toBe(2);
    },
  );

  it('marks as running without ever waiting for a settlement', async () => {
    const claim = await claimedJob({}, 2);
    const started = claim.executions.map((execution) => ({
      claimId: claim.claimId,
      executionId: execution.executionId,
      attempt: 1,
      startedAt: new Date(),
    }));
    await queue.sql.query('BEGIN');
    await queue.sql.query('SELECT FROM executions WHERE id = $1 FOR UPDATE', [started[0]?.executionId]);
    await queue.claims.markRunning(owner, started);
    await queue.sql.query('COMMIT');
    expect(await queue.rows(`SELECT id FROM executions WHERE state = 'running'`)).toEqual([
      { id: started[1]?.executionId },
    ]);
  });
});
