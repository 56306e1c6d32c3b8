import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { OverlapPolicy } from '../../src/domain/schedule/schedule.js';
import type { FiringRepository } from '../../src/engine/scheduler/firing-repository.js';
import { startNode } from '../support/engine-node.js';
import { fireAt, firingRepository } from '../support/firing.js';
import { claimed, createQueue, FAILED, manual, resultOf, type Queue } from '../support/queue.js';
import { insertScheduled } from '../support/scheduled.js';

const DUE = new Date('2024-06-03T12:00:00.000Z');
const minute = (count: number) => new Date(DUE.getTime() + count * 60_000);

describe('runs of a job that overlap', () => {
  let queue: Queue;
  let node: INestApplicationContext;
  let repository: FiringRepository;
  const owner = randomUUID();

  beforeAll(async () => {
    queue = await createQueue();
    node = await startNode(queue.url, {});
    repository = firingRepository(node);
  });
  afterAll(async () => {
    await node.close();
    await queue.drop();
  });
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held, occurrences, flow_slots CASCADE');
  });

  /** A job that is due each minute; that it is fired is due to the test. */
  async function job(overlapPolicy: OverlapPolicy) {
    const jobId = await insertScheduled(queue.sql, {
      nextRunAt: DUE,
      overlapPolicy,
      misfire: { graceSeconds: 3_600 },
    });
    return { jobId, fire: (until: number) => fireAt(repository, [jobId], minute(until)) };
  }

  /** State by minute; a minute without an execution says why. */
  async function fates(): Promise<Record<number, string>> {
    const rows = await queue.rows<{ at: Date; fate: string }>(
      `SELECT scheduled_for AS at, state AS fate FROM executions WHERE scheduled_for IS NOT NULL
       UNION ALL SELECT scheduled_for, result || ': ' || reason FROM occurrences`,
    );
    return Object.fromEntries(rows.map(({ at, fate }) => [(at.getTime() - DUE.getTime()) / 60_000, fate]));
  }

  const places = async () => ({
    ready: await queue.value<number>('SELECT count(*)::int FROM ready'),
    held: await queue.value<number>('SELECT count(*)::int FROM held'),
  });

  it('are all let through: allow', async () => {
    const { fire } = await job('allow');
    await fire(2);
    expect(await places()).toEqual({ ready: 3, held: 0 });
  });

  it('wait for each other, all of them: queueAll', async () => {
    const { fire } = await job('queueAll');
    await fire(0);
    const first = await claimed(queue, owner);
    await fire(3);
    expect(await places()).toEqual({ ready: 0, held: 3 });
    for (let count = 1, claim = first; count <= 3; count++) {
      await queue.settlement.settle(owner, [resultOf(claim, 0)]);
      claim = await claimed(queue, owner);
      expect(claim.executions).toMatchObject([{ scheduledFor: minute(count) }]);
    }
  });

  it('wait for each other, one of them: queueOne', async () => {
    const { fire } = await job('queueOne');
    await fire(0);
    const first = await claimed(queue, owner);
    await fire(1);
    await fire(2);
    expect(await fates()).toEqual({ 0: 'queued', 1: 'queued', 2: 'skipped: overlap_queue_full' });
    await queue.settlement.settle(owner, [resultOf(first, 0)]);
    expect(await places()).toEqual({ ready: 1, held: 0 });
    await fire(3);
    await fire(4);
    expect(await fates()).toMatchObject({ 3: 'queued', 4: 'skipped: overlap_queue_full' });
  });

  it('do not happen: skip', async () => {
    const { fire } = await job('skip');
    await fire(0);
    const first = await claimed(queue, owner);
    await fire(2);
    expect(await fates()).toEqual({ 0: 'queued', 1: 'skipped: overlap', 2: 'skipped: overlap' });
    await queue.settlement.settle(owner, [resultOf(first, 0)]);
    await fire(3);
    expect(await fates()).toMatchObject({ 0: 'succeeded', 3: 'queued' });
  });

  it('do not happen either while one waits to be tried again: skip', async () => {
    const { fire } = await job('skip');
    await fire(0);
    const first = await claimed(queue, owner);
    await queue.settlement.settle(owner, [
      resultOf(first, 0, { ...FAILED, state: 'delayed', retryDelayMs: 60_000 }),
    ]);
    await fire(1);
    expect(await fates()).toEqual({ 0: 'delayed', 1: 'skipped: overlap' });
  });

  it('are decided one after another when several are due at once', async () => {
    const { fire } = await job('queueOne');
    await fire(3);
    expect(await fates()).toEqual({
      0: 'queued',
      1: 'queued',
      2: 'skipped: overlap_queue_full',
      3: 'skipped: overlap_queue_full',
    });
    expect(await places()).toEqual({ ready: 1, held: 1 });
  });

  describe('cancelRunning', () => {
    it('asks the running one to stop, and runs when it has', async () => {
      const { jobId, fire } = await job('cancelRunning');
      await fire(0);
      const first = await claimed(queue, owner);
      await fire(1);
      expect(
        await queue.rows('SELECT scheduled_for FROM executions WHERE cancel_requested_at IS NOT NULL'),
      ).toEqual([{ scheduled_for: minute(0) }]);
      await queue.settlement.settle(owner, [resultOf(first, 0, { state: 'cancelled' })]);
      expect((await claimed(queue, owner)).executions).toMatchObject([{ scheduledFor: minute(1) }]);
      expect(await queue.value('SELECT active FROM flow_slots WHERE job_id = $1', [jobId])).toBe(1);
    });

    it('takes the place of those that have not started, also of such as wait', async () => {
      const { jobId, fire } = await job('cancelRunning');
      await queue.enqueuer().enqueue(manual(jobId));
      const first = await claimed(queue, owner);
      await fire(0);
      await fire(1);
      expect(await fates()).toEqual({ 0: 'cancelled', 1: 'queued' });
      expect(await places()).toEqual({ ready: 0, held: 1 });
      await queue.settlement.settle(owner, [resultOf(first, 0)]);
      expect((await claimed(queue, owner)).executions).toMatchObject([{ scheduledFor: minute(1) }]);
    });

    it('leaves only the newest of several that are due at once', async () => {
      const { jobId, fire } = await job('cancelRunning');
      await fire(3);
      expect(await fates()).toEqual({ 0: 'cancelled', 1: 'cancelled', 2: 'cancelled', 3: 'queued' });
      expect(await places()).toEqual({ ready: 1, held: 0 });
      expect(await queue.value('SELECT active FROM flow_slots WHERE job_id = $1', [jobId])).toBe(1);
      expect(await queue.flow.mend()).toEqual([]);
    });

    it('never cancels the newest itself, whatever settles meanwhile', async () => {
      for (let round = 0; round < 15; round++) {
        const { fire } = await job('cancelRunning');
        await fire(0);
        const first = await claimed(queue, owner);
        await Promise.all([fire(1), queue.settlement.settle(owner, [resultOf(first, 0)])]);
        const newest = await claimed(queue, owner);
        expect(newest.executions).toMatchObject([{ scheduledFor: minute(1) }]);
        expect(
          await queue.rows(
            'SELECT scheduled_for FROM executions WHERE cancel_requested_at IS NOT NULL AND scheduled_for = $1',
            [minute(1)],
          ),
        ).toEqual([]);
        await queue.settlement.settle(owner, [resultOf(newest, 0)]);
        await queue.sql.query('TRUNCATE executions CASCADE');
      }
    });
  });

  it('leave no trace of a job that is erased', async () => {
    const { jobId, fire } = await job('queueAll');
    await fire(2);
    await claimed(queue, owner);
    await queue.sql.query('DELETE FROM ready WHERE job_id = $1', [jobId]);
    await queue.sql.query('DELETE FROM held WHERE job_id = $1', [jobId]);
    await queue.sql.query('DELETE FROM executions WHERE job_id = $1', [jobId]);
    await queue.sql.query('DELETE FROM jobs WHERE id = $1', [jobId]);
    expect(await fire(5)).toEqual(new Set());
    await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 s'`);
    expect(await queue.rescuer.rescueBatch()).toEqual({ requeued: 0, failed: 0, cancelled: 0 });
    expect(await places()).toEqual({ ready: 0, held: 0 });
  });
});
