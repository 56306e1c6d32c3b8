import type { INestApplicationContext } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Loop } from '../../src/engine/loop.js';
import { Loops } from '../../src/engine/loops.js';
import { DatabaseClock } from '../../src/platform/clock/database-clock.js';
import { startNode, type NodeOptions } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { createQueue, type Queue } from '../support/queue.js';
import { insertScheduled, type ScheduledRow } from '../support/scheduled.js';

const secondsFromNow = (seconds: number) => new Date(Date.now() + seconds * 1000);

describe('the scheduler', () => {
  let queue: Queue;
  const nodes: INestApplicationContext[] = [];

  beforeEach(async () => {
    queue = await createQueue(2);
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
    await queue.drop();
  });

  async function node(options: NodeOptions = {}): Promise<INestApplicationContext> {
    const started = await startNode(queue.url, { scheduler: true, ...options });
    nodes.push(started);
    return started;
  }

  const insert = (row: ScheduledRow) => insertScheduled(queue.sql, row);
  const announce = (jobId: string) => queue.sql.query(`SELECT pg_notify('carillon_jobs', $1)`, [jobId]);
  const count = (where = 'true') =>
    queue.value<number>(`SELECT count(*)::int FROM executions WHERE ${where}`);
  const registry = (of: INestApplicationContext) => of.get(SchedulerRegistry, { strict: false });
  const kindsOf = (of: INestApplicationContext, jobId: string) =>
    (['cron', 'interval', 'timeout'] as const).filter((kind) => registry(of).doesExist(kind, `job:${jobId}`));

  it('fires each instant exactly once, on whichever of several nodes', async () => {
    for (let job = 0; job < 40; job++)
      await insert({
        nextRunAt: secondsFromNow(0.2 + job / 100),
        intervalSeconds: 1,
        maxConcurrency: job % 8 ? undefined : 2,
      });
    await insert({ nextRunAt: secondsFromNow(1), cron: '* * * * * *' });
    await Promise.all([node(), node(), node()]);
    await eventually(
      () =>
        queue.value<number>(
          'SELECT min(n)::int FROM (SELECT count(*) AS n FROM executions GROUP BY job_id) x',
        ),
      (least) => least >= 3,
    );
    const gaps = await queue.rows(
      `SELECT job_id, scheduled_for FROM (
         SELECT job_id, scheduled_for, lag(scheduled_for) OVER (PARTITION BY job_id ORDER BY scheduled_for) AS before
         FROM executions) e
       WHERE scheduled_for - before > interval '1 s'`,
    );
    // Each is one second after the one before; that none is twice, the unique index says.
    expect(gaps).toEqual([]);
    expect(await count()).toBe(await count('scheduled_for IS NOT NULL'));
    expect(await queue.value('SELECT count(*)::int FROM occurrences')).toBe(0);
  });

  it('arms what is due soon under its kind in the SchedulerRegistry, and nothing else', async () => {
    const cron = await insert({ nextRunAt: secondsFromNow(30), cron: '*/30 * * * * *' });
    const interval = await insert({ nextRunAt: secondsFromNow(30) });
    const once = await insert({ nextRunAt: secondsFromNow(30), once: true });
    const beyond = await insert({ nextRunAt: secondsFromNow(90) });
    const started = await node();
    await eventually(
      () => [cron, interval, once].map((jobId) => kindsOf(started, jobId)),
      (kinds) => kinds.every((found) => found.length > 0),
    );
    expect(kindsOf(started, cron)).toEqual(['cron']);
    expect(kindsOf(started, interval)).toEqual(['interval']);
    expect(kindsOf(started, once)).toEqual(['timeout']);
    expect(kindsOf(started, beyond)).toEqual([]);
  });

  it('disarms a job that is paused, and one that is put off', async () => {
    const ids = [
      await insert({ nextRunAt: secondsFromNow(30) }),
      await insert({ nextRunAt: secondsFromNow(30), cron: '* * * * *' }),
    ] as const;
    const started = await node();
    await eventually(
      () => ids.flatMap((jobId) => kindsOf(started, jobId)),
      (kinds) => kinds.length === 2,
    );
    const put = (jobId: string, instant: Date | null) =>
      queue.sql.query(
        'UPDATE job_clocks SET next_run_at = $2, schedule_version = schedule_version + 1 WHERE job_id = $1',
        [jobId, instant],
      );
    await put(ids[0], null);
    await put(ids[1], secondsFromNow(600));
    for (const jobId of ids) await announce(jobId);
    await eventually(
      () => ids.flatMap((jobId) => kindsOf(started, jobId)),
      (kinds) => kinds.length === 0,
    );
  });

  it('hears of changes: of a new job, and of one that is due earlier', async () => {
    await node();
    const jobId = await insert({ nextRunAt: secondsFromNow(50), once: true });
    await announce(jobId);
    const created = await insert({ nextRunAt: secondsFromNow(0.1), once: true });
    await announce(created);
    await queue.sql.query(
      'UPDATE job_clocks SET next_run_at = $2, schedule_version = schedule_version + 1 WHERE job_id = $1',
      [jobId, secondsFromNow(0.1)],
    );
    await announce(jobId);
    // The next look ahead would come after 20 seconds.
    await eventually(count, (fired) => fired === 2, { timeoutMs: 10_000 });
    await eventually(
      () => queue.value(`SELECT state FROM jobs WHERE id = $1`, [created]),
      (state) => state === 'completed',
    );
  });

  it('arms everything anew when the database turns out to be ahead of the estimate', async () => {
    const started = await node();
    const loops = started.get(Loops, { strict: false }).all();
    const measuring = loops.find((loop): loop is Loop => loop instanceof Loop && loop.name === 'clock');
    await measuring?.stop();
    const clock = started.get(DatabaseClock, { strict: false });
    Reflect.set(clock, 'offsetMs', (Reflect.get(clock, 'offsetMs') as number) - 30_000);
    const ids = [
      await insert({ nextRunAt: secondsFromNow(1), once: true }),
      await insert({ nextRunAt: secondsFromNow(1), cron: '0 0 1 1 *' }),
    ];
    for (const jobId of ids) await announce(jobId);
    await eventually(
      () => ids.flatMap((jobId) => kindsOf(started, jobId)),
      (kinds) => kinds.length === 2,
    );
    measuring?.start();
    await eventually(count, (fired) => fired === 2, { timeoutMs: 10_000 });
  });

  it('starts with what is overdue, under its misfire policy', async () => {
    const nextRunAt = secondsFromNow(-3 * 3_600);
    const fireOnce = await insert({ nextRunAt });
    const fireAll = await insert({
      nextRunAt,
      misfire: { policy: 'fireAll', maxCatchupRuns: 10_000 },
      intervalSeconds: 3,
    });
    const skip = await insert({ nextRunAt, misfire: { policy: 'skip' } });
    await node();
    // More than one round of 1,000 instants.
    await eventually(
      () => count(`job_id = '${fireAll}'`),
      (fired) => fired >= 3_600,
    );
    await eventually(
      () => count(`job_id = '${fireOnce}'`),
      (fired) => fired >= 1,
    );
    const missed = () =>
      queue.rows('SELECT job_id, sum(instants)::int AS n FROM occurrences GROUP BY job_id ORDER BY 2');
    await eventually(missed, (rows) => rows.length === 2);
    // With a grace of 60 seconds, the last minute is on time.
    expect(await count(`job_id = '${skip}'`)).toBeLessThanOrEqual(2);
    const holes = await queue.value(
      `SELECT count(*)::int FROM (SELECT scheduled_for - lag(scheduled_for) OVER (ORDER BY scheduled_for) AS gap
         FROM executions WHERE job_id = '${fireAll}') g WHERE gap <> interval '3 s'`,
    );
    expect(holes).toBe(0);
  });

  it('is not held up by a job whose schedule makes no sense', async () => {
    const broken = await insert({ nextRunAt: secondsFromNow(0.1), cron: '* * * * * *' });
    await queue.sql.query(`UPDATE jobs SET cron_expression = 'nonsense' WHERE id = $1`, [broken]);
    for (let job = 0; job < 5; job++) await insert({ nextRunAt: secondsFromNow(0.1), once: true });
    await node();
    await eventually(count, (fired) => fired === 5, { timeoutMs: 10_000 });
  });

  describe('with more jobs than it may arm', () => {
    it('arms the earliest, and the others in time', async () => {
      for (let job = 0; job < 60; job++)
        await insert({ nextRunAt: secondsFromNow(2 + job / 30), once: true });
      const started = await node({ mostArmed: 10 });
      const armed = () =>
        registry(started)
          .getTimeouts()
          .filter((name) => name.startsWith('job:')).length;
      let most = 0;
      await eventually(
        () => {
          most = Math.max(most, armed());
          return count();
        },
        (fired) => fired === 60,
        { everyMs: 5 },
      );
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(30);
    });

    it('lets no frequent ones keep the others from being armed', async () => {
      for (let job = 0; job < 20; job++) await insert({ nextRunAt: secondsFromNow(0.5), intervalSeconds: 1 });
      const rare: string[] = [];
      for (let job = 0; job < 20; job++)
        rare.push(await insert({ nextRunAt: secondsFromNow(1.5 + job / 10), once: true }));
      await node({ mostArmed: 10 });
      await eventually(
        () => queue.value<number>('SELECT count(*)::int FROM executions WHERE job_id = ANY ($1)', [rare]),
        (fired) => fired === rare.length,
        { timeoutMs: 12_000 },
      );
    });

    it('works off a backlog of overdue ones', async () => {
      for (let job = 0; job < 150; job++) await insert({ nextRunAt: secondsFromNow(-3_600), once: true });
      await node({ mostArmed: 10 });
      await eventually(count, (fired) => fired === 150, { timeoutMs: 12_000 });
    });
  });
});
