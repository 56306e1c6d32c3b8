import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { eventually } from '../support/eventually.js';
import { createJob, JOBS, type Job, startApi } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const STATS = '/api/v1/scheduler/dashboard/stats';
const TIMELINE = '/api/v1/scheduler/executions/timeline';
const HOUR = 3_600_000;

interface Point {
  timestamp: string;
  succeeded: number;
  failed: number;
  running: number;
}

/** The API alone: what is on record is what a test has put there. */
let api: TestService;
let sql: pg.Client;

beforeAll(async () => {
  api = await startApi();
  sql = new pg.Client({ connectionString: api.databaseUrl });
  sql.on('error', () => undefined);
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await api.stop();
});

const stats = async () => (await api.call('GET', STATS)).body as Record<string, unknown>;

/** Records an execution that ended. */
async function ended(jobId: string, state: string, startedAt: Date, finishedAt: Date): Promise<string> {
  const id = uuidv7({ msecs: startedAt.getTime() });
  await sql.query(
    `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts)
     VALUES ($1, $2, 1, 'queued', 'manual', $3, 0, 1)`,
    [id, jobId, startedAt],
  );
  await sql.query(
    `UPDATE executions SET state = $2::text, started_at = $3, finished_at = $4, failure_kind = CASE WHEN $2::text = 'failed' THEN 'error' END
     WHERE id = $1`,
    [id, state, startedAt, finishedAt],
  );
  return id;
}

describe('GET /dashboard/stats', () => {
  it('is null about success and zero about the rest while nothing exists', async () => {
    expect(await api.call('GET', STATS)).toMatchObject({
      status: 200,
      body: {
        totalJobs: 0,
        enabledJobs: 0,
        successRate: null,
        upcomingExecutions: 0,
        recentFailures: 0,
        recentFailureCount: 0,
        runningExecutions: 0,
        queuedExecutions: 0,
        oldestQueuedSeconds: null,
        workers: 0,
        retention: { lastDueAt: null, lastRunAt: null, nextRunAt: null, removed: null },
      },
    });
  });

  it('may be read by viewers, and by nobody without a token', async () => {
    expect((await api.call('GET', STATS, undefined, { token: api.token('viewer') })).status).toBe(200);
    expect((await api.call('GET', STATS, undefined, { token: null })).status).toBe(401);
  });

  it('counts jobs, ends of the last 24 hours, and what waits', async () => {
    const job = await createJob(api, { name: 'Counted' });
    await createJob(api, { name: 'Disabled', isEnabled: false });
    const now = Date.now();
    for (let n = 0; n < 3; n++) await ended(job.id, 'succeeded', new Date(now - 1_000), new Date(now));
    await ended(job.id, 'failed', new Date(now - 1_000), new Date(now));
    await ended(job.id, 'failed', new Date(now - 26 * HOUR), new Date(now - 25 * HOUR));
    await api.call('POST', `${JOBS}/${job.id}/trigger`);
    expect(await stats()).toMatchObject({
      totalJobs: 2,
      enabledJobs: 1,
      successRate: 75,
      recentFailures: 1,
      recentFailureCount: 1,
      queuedExecutions: 1,
      oldestQueuedSeconds: expect.any(Number),
    });
  });

  it('shows a token that is kept to a project the figures of this project', async () => {
    const { body } = await api.call('GET', STATS, undefined, {
      token: api.token('viewer', { projects: ['other'] }),
    });
    expect(body).toMatchObject({ totalJobs: 0, successRate: null, recentFailures: 0, queuedExecutions: 0 });
  });
});

describe('upcomingExecutions', () => {
  it('counts every planned run of the next hour: intervals, calendars, single runs', async () => {
    const own = await startApi();
    try {
      await createJob(own, { name: 'Every ten minutes', intervalSeconds: 600 });
      await createJob(own, { name: 'Every two hours', intervalSeconds: 7_200 });
      for (const name of ['One', 'Two']) {
        await createJob(own, {
          name,
          scheduleType: 'Cron',
          intervalSeconds: undefined,
          scheduleExpression: '*/5 * * * *',
        });
      }
      await createJob(own, {
        name: 'Once',
        scheduleType: 'OneTime',
        intervalSeconds: undefined,
        runAt: new Date(Date.now() + HOUR / 2).toISOString(),
      });
      await createJob(own, { name: 'Off', intervalSeconds: 60, isEnabled: false });
      const { status, body } = await own.call('GET', STATS);
      expect({ status, body }).toMatchObject({ status: 200 });
      // Ten minutes: 6, or 5 once its creation lies a moment back; cron: 12 each; once: 1.
      expect(body.upcomingExecutions).toBeGreaterThanOrEqual(5 + 24 + 1);
      expect(body.upcomingExecutions).toBeLessThanOrEqual(6 + 26 + 1);
    } finally {
      await own.stop();
    }
  });
});

describe('GET /executions/timeline', () => {
  const timeline = async (query = '') => (await api.call('GET', `${TIMELINE}${query}`)).body as Point[];

  it('covers 24 hours in buckets of one hour without gaps, empty ones included', async () => {
    const points = await timeline();
    expect(points).toHaveLength(24);
    const starts = points.map((point) => Date.parse(point.timestamp));
    starts.slice(1).forEach((start, index) => expect(start - (starts[index] ?? 0)).toBe(HOUR));
    expect((starts.at(-1) ?? 0) % HOUR).toBe(0);
    expect(
      points.filter((point) => point.succeeded + point.failed + point.running === 0).length,
    ).toBeGreaterThan(15);
  });

  it('counts an execution where it ended, and as running at the end of each bucket before', async () => {
    const before = await timeline('?hours=12');
    const job = await createJob(api, { name: 'Long runs' });
    const last = Date.parse(before.at(-1)?.timestamp ?? '');
    await ended(job.id, 'succeeded', new Date(last - 4 * HOUR - 60_000), new Date(last - HOUR - 60_000));
    await ended(job.id, 'failed', new Date(last - 3 * HOUR + 60_000), new Date(last - 3 * HOUR + 120_000));
    const after = await timeline('?hours=12');
    const change = after.map((point, index) => ({
      succeeded: point.succeeded - (before[index]?.succeeded ?? 0),
      failed: point.failed - (before[index]?.failed ?? 0),
      running: point.running - (before[index]?.running ?? 0),
    }));
    const none = { succeeded: 0, failed: 0, running: 0 };
    // The last six: it starts in the first of them and ends in the fourth.
    expect(change.slice(-6)).toEqual([
      { ...none, running: 1 },
      { ...none, running: 1 },
      { ...none, failed: 1, running: 1 },
      { ...none, succeeded: 1 },
      none,
      none,
    ]);
    expect(change.slice(0, -6)).toEqual(Array(6).fill(none));
  });

  it('keeps what ended when the executions are removed', async () => {
    const job = await createJob(api, { name: 'Short-lived' });
    await ended(job.id, 'succeeded', new Date(), new Date());
    const before = await timeline();
    expect((await api.call('DELETE', `${JOBS}/${job.id}?hardDelete=true`)).status).toBe(204);
    const sum = (points: Point[]) => points.reduce((total, point) => total + point.succeeded, 0);
    expect(sum(await timeline())).toBe(sum(before));
    expect((await api.call('GET', `${JOBS}/${job.id}/executions`)).status).toBe(404);
  });

  it('takes wider buckets for more than 48 hours', async () => {
    expect(await timeline('?hours=48')).toHaveLength(48);
    expect(await timeline('?hours=2160')).toHaveLength(45);
  });

  it.each(['0', '2161', '1.5', 'x'])('refuses hours=%s', async (hours) => {
    const { status, body } = await api.call('GET', `${TIMELINE}?hours=${hours}`);
    expect({ status, fields: Object.keys(body.errors as object) }).toEqual({
      status: 400,
      fields: ['hours'],
    });
  });
});

describe('a whole service', () => {
  it('counts what its workers run, and folds the counters', async () => {
    const service = await startService();
    try {
      const job: Job = await createJob(service, { jobConfiguration: { url: `${service.url}/health` } });
      for (let n = 0; n < 3; n++) await service.call('POST', `${JOBS}/${job.id}/trigger`);
      const { body } = await eventually(
        () => service.call('GET', STATS),
        (answer) => answer.body.successRate !== null && answer.body.queuedExecutions === 0,
      );
      expect(body.workers).toBe(1);
      await eventually(
        () => service.call('GET', `${JOBS}/${job.id}/executions?status=Pending`),
        (answer) => answer.body.totalCount === 0,
      );
      const list = await eventually(
        () => service.call('GET', `${JOBS}/${job.id}/executions`),
        (answer) => (answer.body.items as { completedAt: string | null }[]).every((item) => item.completedAt),
      );
      expect(list.body).toMatchObject({ totalCount: 3 });
    } finally {
      await service.stop();
    }
  });
});
