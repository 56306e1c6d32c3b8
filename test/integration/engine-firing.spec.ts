import type { INestApplicationContext } from '@nestjs/common';
import { jitterMs } from '../../src/domain/schedule/jitter.js';
import type { FiringRepository } from '../../src/engine/scheduler/firing-repository.js';
import { HandOver } from '../../src/modules/executions/hand-over.js';
import { firingOf } from '../../src/engine/scheduler/firing.js';
import { startNode } from '../support/engine-node.js';
import { DatabaseClock } from '../../src/platform/clock/database-clock.js';
import { EngineMetrics } from '../../src/platform/metrics/engine-metrics.js';
import { DueQueue } from '../../src/engine/scheduler/due-queue.js';
import { EndedSchedules } from '../../src/engine/scheduler/ended-schedules.js';
import { FAR_SECONDS, fireAt, firingRepository } from '../support/firing.js';
import { createQueue, type Queue, resultOf } from '../support/queue.js';
import { Room } from '../support/room.js';
import { insertScheduled, type ScheduledRow } from '../support/scheduled.js';

const DUE = new Date('2024-06-03T12:00:00.000Z');
const after = (seconds: number) => new Date(DUE.getTime() + seconds * 1000);

describe('firing', () => {
  let queue: Queue;
  let node: INestApplicationContext;
  let repository: FiringRepository;

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
    await queue.sql.query('TRUNCATE ready, claims, executions, held, occurrences CASCADE');
  });

  const withRoom = (free: number) => {
    const room = new Room(free);
    const handOver = new HandOver();
    handOver.attach(room);
    return { room, rooms: firingRepository(node, handOver) };
  };
  const insert = (row: Partial<ScheduledRow> = {}) => insertScheduled(queue.sql, { nextRunAt: DUE, ...row });
  const clockOf = async (jobId: string) =>
    (await queue.rows('SELECT * FROM job_clocks WHERE job_id = $1', [jobId]))[0];
  const firedFor = async () =>
    (
      await queue.rows<{ scheduled_for: Date }>('SELECT scheduled_for FROM executions ORDER BY scheduled_for')
    ).map((row) => row.scheduled_for);
  const notes = () =>
    queue.rows(
      'SELECT scheduled_for, through, instants, result, reason FROM occurrences ORDER BY scheduled_for',
    );

  it('records the execution and moves the clock on', async () => {
    const jobId = await insert({ priority: 4, retry: { maxAttempts: 3 } });
    expect(await fireAt(repository, [jobId], after(1))).toEqual(new Set([jobId]));
    expect(await queue.rows('SELECT * FROM executions')).toMatchObject([
      {
        job_id: jobId,
        trigger: 'schedule',
        scheduled_for: DUE,
        priority: 4,
        max_attempts: 3,
        attempt: 1,
        flow: false,
      },
    ]);
    expect(await queue.rows('SELECT * FROM ready')).toMatchObject([
      { job_id: jobId, scheduled_for: DUE, priority: 4 },
    ]);
    expect(await clockOf(jobId)).toMatchObject({
      next_run_at: after(60),
      schedule_version: '2',
      accounted_until: after(1),
    });
  });

  it('hands executions to a worker of the same process that has room, under a lease of its own', async () => {
    const jobIds = [await insert({ retry: { maxAttempts: 3 } }), await insert()];
    const { room, rooms } = withRoom(2);
    expect(await fireAt(rooms, jobIds, after(1))).toEqual(new Set(jobIds));
    const [claim] = room.accepted;
    if (!claim) throw new Error('Nothing was handed over');
    expect(claim.executions.map((execution) => execution.jobId).sort()).toEqual([...jobIds].sort());
    expect(claim.executions.find((execution) => execution.jobId === jobIds[0])).toMatchObject({
      jobVersion: 1,
      attempt: 1,
      maxAttempts: 3,
      trigger: 'schedule',
      scheduledFor: DUE,
      payload: null,
    });
    expect(room.reserved).toBe(0);
    expect(await queue.rows('SELECT owner, remaining FROM claims')).toEqual([
      { owner: room.owner, remaining: 2 },
    ]);
    expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
    const results = claim.executions.map((_, index) => resultOf(claim, index));
    expect((await queue.settlement.settle(room.owner, results)).size).toBe(2);
  });

  it.each<[string, number, number, boolean]>([
    ['there is no room for all of them', 1, 0, false],
    ['their start is spread', 5, 3_600, false],
    ['the scheduler is held', 5, 0, true],
  ])('leaves executions to the queue while %s', async (_case, free, jitterSeconds, held) => {
    const jobIds = [await insert({ jitterSeconds }), await insert({ jitterSeconds })];
    const { room, rooms } = withRoom(free);
    if (held) await queue.sql.query('UPDATE scheduler_state SET held_at = now()');
    try {
      expect(await fireAt(rooms, jobIds, after(1))).toEqual(new Set(jobIds));
    } finally {
      await queue.sql.query('UPDATE scheduler_state SET held_at = NULL');
    }
    expect(room.accepted.flatMap((claim) => claim.executions)).toEqual([]);
    expect(room.reserved).toBe(0);
    expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(2);
    expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
  });

  it('happens exactly once for each clock, however many nodes fire', async () => {
    const jobIds: string[] = [];
    for (let count = 0; count < 150; count++)
      jobIds.push(await insert({ overlapPolicy: count % 10 === 0 ? 'queueAll' : 'allow' }));
    const rivals = await Promise.all([startNode(queue.url, {}), startNode(queue.url, {})]);
    try {
      const repositories = [repository, ...rivals.map((rival) => firingRepository(rival))];
      const firings = (await repository.clocksOf(jobIds, FAR_SECONDS)).map((clock) =>
        firingOf(clock, after(1)),
      );
      const won = await Promise.all(
        [...repositories, ...repositories].flatMap((each) => [
          each.fire(firings.filter((firing) => !firing.clock.flowControlled)),
          each.fireFlowControlled(firings.filter((firing) => firing.clock.flowControlled)),
        ]),
      );
      const winners = won.flatMap((ids) => [...ids]);
      expect(new Set(winners)).toEqual(new Set(jobIds));
      expect(winners).toHaveLength(150);
      expect(await queue.value('SELECT count(*)::int FROM executions')).toBe(150);
      expect(
        await queue.value(
          'SELECT count(*)::int FROM job_clocks WHERE job_id = ANY ($1) AND schedule_version = 2',
          [jobIds],
        ),
      ).toBe(150);
    } finally {
      await Promise.all(rivals.map((rival) => rival.close()));
    }
  });

  it.each([
    [
      'paused',
      `UPDATE job_clocks SET next_run_at = NULL, schedule_version = schedule_version + 1 WHERE job_id = $1`,
    ],
    ['changed', `UPDATE job_clocks SET schedule_version = schedule_version + 1 WHERE job_id = $1`],
    ['erased', `DELETE FROM jobs WHERE id = $1`],
  ])('does nothing for a clock that was %s meanwhile', async (_, change) => {
    const jobId = await insert();
    const clocks = await repository.clocksOf([jobId], FAR_SECONDS);
    await queue.sql.query(change, [jobId]);
    const before = await clockOf(jobId);
    expect(await repository.fire(clocks.map((clock) => firingOf(clock, after(1))))).toEqual(new Set());
    expect(await firedFor()).toEqual([]);
    expect(await clockOf(jobId)).toEqual(before);
  });

  it('never makes two executions for one instant, even when the clock is set back', async () => {
    const jobId = await insert();
    const limited = await insert({ maxConcurrency: 1 });
    for (let round = 0; round < 2; round++) {
      await fireAt(repository, [jobId, limited], after(1));
      await queue.sql.query('UPDATE job_clocks SET next_run_at = $1', [DUE]);
    }
    expect(await firedFor()).toEqual([DUE, DUE]);
    expect(await queue.value('SELECT active FROM flow_slots WHERE job_id = $1', [limited])).toBe(1);
    expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(2);
  });

  describe('the last instant', () => {
    const stateOf = (jobId: string) => queue.value('SELECT state FROM jobs WHERE id = $1', [jobId]);
    const marked = () => queue.value('SELECT count(*)::int FROM job_clocks WHERE ended');
    let ended: EndedSchedules;
    let jobId: string;

    beforeEach(async () => {
      ended = new EndedSchedules(queue.database);
      jobId = await insert({ once: true });
      await fireAt(repository, [jobId], after(1));
    });

    it('is fired, and completes the job after that', async () => {
      expect(await firedFor()).toEqual([DUE]);
      expect(await clockOf(jobId)).toMatchObject({ next_run_at: null });
      expect(await ended.completeAll()).toBe(1);
      expect(await stateOf(jobId)).toBe('completed');
      expect(await marked()).toBe(0);
      expect(await ended.completeAll()).toBe(0);
    });

    it('completes no job that has got another instant meanwhile', async () => {
      await queue.sql.query('UPDATE job_clocks SET next_run_at = $2 WHERE job_id = $1', [jobId, after(60)]);
      expect(await ended.completeAll()).toBe(0);
      expect(await stateOf(jobId)).toBe('enabled');
    });

    it('completes no job that was paused meanwhile', async () => {
      await queue.sql.query(`UPDATE jobs SET state = 'paused' WHERE id = $1`, [jobId]);
      expect(await ended.completeAll()).toBe(1);
      expect(await stateOf(jobId)).toBe('paused');
    });

    it('waits for nobody who is changing the job, and comes back', async () => {
      const change = await queue.database.transaction(async (runner) => {
        await runner.rows({ name: 'change', text: 'SELECT FROM jobs WHERE id = $1 FOR UPDATE' }, [jobId]);
        return ended.completeAll();
      });
      expect(change).toBe(0);
      expect(await ended.completeAll()).toBe(1);
    });

    it('completes many jobs, a part at a time', async () => {
      const more = await Promise.all(Array.from({ length: 249 }, () => insert({ once: true })));
      await fireAt(repository, more, after(1));
      expect(await ended.completeAll()).toBe(250);
      const states = await Promise.all(more.map(stateOf));
      expect(new Set(states)).toEqual(new Set(['completed']));
    });
  });

  it('fires a cron job by its timezone', async () => {
    const jobId = await insert({ cron: '0 12 * * *' });
    await fireAt(repository, [jobId], after(1));
    expect(await clockOf(jobId)).toMatchObject({ next_run_at: after(86_400) });
  });

  it.each([undefined, 5])('delays by the jitter of the instant (limit: %s)', async (maxConcurrency) => {
    const nextRunAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
    const jobId = await insert({ nextRunAt, jitterSeconds: 1_000, maxConcurrency });
    await fireAt(repository, [jobId], nextRunAt);
    const availableAt = new Date(nextRunAt.getTime() + jitterMs(jobId, nextRunAt, 1_000));
    expect(await queue.rows('SELECT state, available_at FROM executions')).toEqual([
      { state: 'delayed', available_at: availableAt },
    ]);
    const table = maxConcurrency === undefined ? 'ready' : 'held';
    expect(await queue.rows(`SELECT available_at FROM ${table}`)).toEqual([{ available_at: availableAt }]);
  });

  describe('three hours late', () => {
    const HOURS = 10_800;

    it('runs once and notes the others as missed: fireOnce', async () => {
      const jobId = await insert({ intervalSeconds: 600 });
      await fireAt(repository, [jobId], after(HOURS + 300));
      expect(await firedFor()).toEqual([after(HOURS)]);
      expect(await notes()).toEqual([
        {
          scheduled_for: DUE,
          through: after(HOURS - 600),
          instants: 18,
          result: 'missed',
          reason: 'misfire',
        },
      ]);
      expect(await clockOf(jobId)).toMatchObject({ next_run_at: after(HOURS + 600) });
    });

    it('catches up as far as it may and notes the rest: fireAll', async () => {
      const misfire = { policy: 'fireAll', maxCatchupRuns: 5 } as const;
      const jobId = await insert({ intervalSeconds: 600, misfire });
      await fireAt(repository, [jobId], after(HOURS + 300));
      expect(await firedFor()).toEqual([14, 15, 16, 17, 18].map((n) => after(n * 600)));
      expect(await notes()).toMatchObject([{ instants: 14, result: 'missed', reason: 'catchup_limit' }]);
    });

    it('notes everything: skip', async () => {
      const jobId = await insert({ intervalSeconds: 600, misfire: { policy: 'skip' } });
      await fireAt(repository, [jobId], after(HOURS + 300));
      expect(await firedFor()).toEqual([]);
      expect(await notes()).toMatchObject([{ instants: 19, result: 'missed', reason: 'misfire' }]);
      expect(await clockOf(jobId)).toMatchObject({ next_run_at: after(HOURS + 600) });
    });

    it('notes what the exclusions took', async () => {
      const exclusions = { dates: [], daysOfWeek: [], timeRange: { start: '13:00', end: '14:00' } };
      const jobId = await insert({ intervalSeconds: 600, misfire: { policy: 'fireAll' }, exclusions });
      await fireAt(repository, [jobId], after(HOURS));
      expect(await firedFor()).toHaveLength(13);
      expect(await notes()).toEqual([
        {
          scheduled_for: after(3_600),
          through: after(6_600),
          instants: 6,
          result: 'excluded',
          reason: 'excluded',
        },
      ]);
    });
  });

  it('fires the newer of two versions of a clock that come due together, and nothing of the older one', async () => {
    const nextRunAt = new Date(Date.now() - 20_000);
    const due = new DueQueue(repository, node.get(DatabaseClock), new EngineMetrics(), {
      advanced: () => undefined,
      ended: () => undefined,
      lost: () => Promise.resolve(),
    });
    const ids = await Promise.all([
      insert({ nextRunAt, intervalSeconds: 3_600 }),
      insert({ nextRunAt, intervalSeconds: 3_600, maxConcurrency: 5 }),
    ]);
    const older = await repository.clocksOf(ids, FAR_SECONDS);
    await queue.sql.query(`UPDATE jobs SET anchor_at = anchor_at + interval '10.5 s' WHERE id = ANY ($1)`, [
      ids,
    ]);
    await queue.sql.query(
      `UPDATE job_clocks SET next_run_at = next_run_at + interval '10.5 s', schedule_version = schedule_version + 1
       WHERE job_id = ANY ($1)`,
      [ids],
    );
    for (const clock of [...older, ...(await repository.clocksOf(ids, FAR_SECONDS))]) due.add(clock);
    await due.drained();
    const newer = new Date(nextRunAt.getTime() + 10_500);
    expect(await firedFor()).toEqual([newer, newer]);
  });

  it('handles a stretch of any length in rounds, and loses none of it', async () => {
    const misfire = { policy: 'fireAll', maxCatchupRuns: 10_000 } as const;
    const jobId = await insert({ intervalSeconds: 1, misfire });
    const rounds = [1_000, 2_000, 2_501, 2_501];
    for (const expected of rounds) {
      await fireAt(repository, [jobId], after(2_500));
      expect(await queue.value('SELECT count(*)::int FROM executions')).toBe(expected);
    }
    expect(await notes()).toEqual([]);
  });
});
