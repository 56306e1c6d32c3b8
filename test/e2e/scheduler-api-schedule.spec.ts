import pg from 'pg';
import { createJob, fieldsAtFault, type Job, JOBS, startApi } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let sql: pg.Client;

beforeAll(async () => {
  service = await startApi();
  sql = new pg.Client(service.databaseUrl);
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await service.stop();
});

interface Clock {
  next_run_at: Date | null;
  paused_run_at: Date | null;
  late_until: Date | null;
  schedule_version: string;
}

async function clockOf(job: Job): Promise<Clock> {
  return (await sql.query('SELECT * FROM job_clocks WHERE job_id = $1', [job.id])).rows[0] as Clock;
}

async function occurrencesOf(job: Job): Promise<object[]> {
  const { rows } = await sql.query(
    'SELECT scheduled_for AS "from", through, instants, result, reason FROM occurrences WHERE job_id = $1',
    [job.id],
  );
  return rows as object[];
}

async function call(job: Job, action: string, body?: object): Promise<Job> {
  const answer = await service.call(
    action === 'reschedule' ? 'PATCH' : 'POST',
    `${JOBS}/${job.id}/${action}`,
    body,
  );
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 200 });
  return answer.body as Job;
}

/** The anchor of a job whose minutely runs fall at 00, so that its due instants can be computed. */
const minutely = { intervalSeconds: 60, anchorAt: '2030-01-01T00:00:00Z' };

/** Puts the clock of a job back, as if nothing had fired it for so long. @returns the instants that are due */
async function letPass(job: Job, seconds: number, column = 'next_run_at'): Promise<Date> {
  const { rows } = await sql.query(
    `WITH moved AS (UPDATE jobs SET anchor_at = date_trunc('milliseconds', now()) - make_interval(secs => $2) - interval '60 seconds'
                    WHERE id = $1 RETURNING anchor_at)
     UPDATE job_clocks SET ${column} = (SELECT anchor_at + interval '60 seconds' FROM moved) WHERE job_id = $1
     RETURNING ${column} AS due`,
    [job.id, seconds],
  );
  return (rows[0] as { due: Date }).due;
}

describe('rescheduling', () => {
  it('holds at once, changes nothing else, and announces itself', async () => {
    const job = await createJob(service, { tags: ['t'], timezone: 'Europe/London', priority: 2 });
    await sql.query('LISTEN carillon_jobs');
    const announced = new Promise<string | undefined>((resolve) => {
      sql.on('notification', ({ payload }) => resolve(payload));
    });
    const before = await clockOf(job);
    const changed = await call(job, 'reschedule', { scheduleType: 'Cron', scheduleExpression: '0 9 1 7 *' });
    expect(changed).toEqual({
      ...job,
      scheduleType: 'Cron',
      scheduleExpression: '0 9 1 7 *',
      intervalSeconds: null,
      anchorAt: null,
      nextRunAt: expect.stringMatching(/-07-01T08:00:00\.000Z$/),
      version: 2,
      updatedAt: changed.updatedAt,
    });
    expect(await announced).toBe(job.id);
    await sql.query('UNLISTEN carillon_jobs');
    expect(Number((await clockOf(job)).schedule_version)).toBe(Number(before.schedule_version) + 1);
    expect(await occurrencesOf(job)).toEqual([]);
  });

  it.each([
    [
      { scheduleType: 'Interval', intervalSeconds: 900 },
      { scheduleType: 'Interval', intervalSeconds: 900, runAt: null },
    ],
    [
      { scheduleType: 'OneTime', runAt: '2035-07-01T09:00:00' },
      { scheduleType: 'OneTime', runAt: '2035-07-01T00:00:00.000Z', nextRunAt: '2035-07-01T00:00:00.000Z' },
    ],
    [
      { scheduleType: 'Interval', intervalSeconds: 900, anchorAt: '2035-01-01T00:00:00Z' },
      { anchorAt: '2035-01-01T00:00:00.000Z', nextRunAt: '2035-01-01T00:15:00.000Z' },
    ],
  ])('takes %j', async (request, expected) => {
    const job = await createJob(service, { timezone: 'Asia/Tokyo' });
    expect(await call(job, 'reschedule', request)).toMatchObject(expected);
  });

  it('keeps the present schedule in force until effectiveFrom', async () => {
    const daily = { scheduleType: 'Cron', scheduleExpression: '0 12 * * *', intervalSeconds: null };
    const job = await createJob(service, daily);
    const weekly = { scheduleType: 'Cron', scheduleExpression: '30 6 * * 1' };
    const changed = await call(job, 'reschedule', { ...weekly, effectiveFrom: '2035-01-01T00:00:00Z' });
    expect(changed).toMatchObject({
      scheduleExpression: '0 12 * * *',
      nextRunAt: job.nextRunAt,
      scheduledChange: {
        ...weekly,
        intervalSeconds: null,
        runAt: null,
        anchorAt: null,
        effectiveFrom: '2035-01-01T00:00:00.000Z',
      },
    });
    // The change comes into force by itself.
    await sql.query(`UPDATE jobs SET successor_from = now() - interval '1 second' WHERE id = $1`, [job.id]);
    expect((await service.call('GET', `${JOBS}/${job.id}`)).body).toMatchObject({
      ...weekly,
      scheduledChange: null,
    });
  });

  it('has its next run under the new schedule if that one comes first', async () => {
    const yearly = {
      scheduleType: 'Cron',
      scheduleExpression: '0 0 1 1 *',
      intervalSeconds: null,
      startAt: '2036-01-01T00:00:00Z',
    };
    const job = await createJob(service, yearly);
    const effectiveFrom = '2035-06-01T00:00:00Z';
    const bounded = await service.call('PUT', `${JOBS}/${job.id}`, { startAt: null });
    expect(bounded.status).toBe(200);
    const changed = await call(job, 'reschedule', {
      scheduleType: 'Interval',
      intervalSeconds: 60,
      effectiveFrom,
    });
    expect(changed.scheduledChange).toMatchObject({
      anchorAt: '2035-06-01T00:00:00.000Z',
      intervalSeconds: 60,
    });
    expect(Date.parse(changed.nextRunAt)).toBeLessThan(Date.parse(effectiveFrom));
  });

  it('keeps a pending change over other updates and drops it with a new schedule', async () => {
    const job = await createJob(service);
    const pending = { scheduleType: 'Interval', intervalSeconds: 60, effectiveFrom: '2035-01-01T00:00:00Z' };
    await call(job, 'reschedule', pending);
    const renamed = await service.call('PUT', `${JOBS}/${job.id}`, {
      name: 'renamed',
      intervalSeconds: 3600,
    });
    expect(renamed.body.scheduledChange).toMatchObject({ intervalSeconds: 60 });
    const replaced = await service.call('PUT', `${JOBS}/${job.id}`, { intervalSeconds: 7200 });
    expect(replaced.body).toMatchObject({ intervalSeconds: 7200, scheduledChange: null });
  });

  it('records what was due under the old schedule and not yet fired', async () => {
    const job = await createJob(service, minutely);
    const due = await letPass(job, 150);
    const changed = await call(job, 'reschedule', { scheduleType: 'Interval', intervalSeconds: 900 });
    expect(await occurrencesOf(job)).toEqual([
      {
        from: due,
        through: new Date(due.getTime() + 120_000),
        instants: 3,
        result: 'skipped',
        reason: 'rescheduled',
      },
    ]);
    expect(Date.parse(changed.nextRunAt)).toBeGreaterThan(due.getTime() + 150_000);
  });

  it('leaves what is due to the present schedule when the new one holds later', async () => {
    const job = await createJob(service, minutely);
    const due = await letPass(job, 1);
    const later = { scheduleType: 'Interval', intervalSeconds: 900, effectiveFrom: '2035-01-01T00:00:00Z' };
    expect((await call(job, 'reschedule', later)).nextRunAt).toBe(due.toISOString());
    expect(await occurrencesOf(job)).toEqual([]);
  });

  it('brings a completed job back', async () => {
    const job = await createJob(service, {
      scheduleType: 'OneTime',
      runAt: '2035-01-01T00:00:00Z',
      intervalSeconds: null,
    });
    await sql.query(`UPDATE jobs SET state = 'completed' WHERE id = $1`, [job.id]);
    await sql.query('UPDATE job_clocks SET next_run_at = NULL WHERE job_id = $1', [job.id]);
    const changed = await call(job, 'reschedule', { scheduleType: 'OneTime', runAt: '2036-01-01T00:00:00Z' });
    expect(changed).toMatchObject({ status: 'Enabled', nextRunAt: '2036-01-01T00:00:00.000Z' });
  });

  it.each<[string, object]>([
    ['scheduleType', {}],
    ['scheduleType', { scheduleType: 'Manual' }],
    ['scheduleExpression', { scheduleType: 'Cron' }],
    ['scheduleExpression', { scheduleType: 'Cron', scheduleExpression: 'often' }],
    ['intervalSeconds', { scheduleType: 'Interval' }],
    ['intervalSeconds', { scheduleType: 'Cron', scheduleExpression: '* * * * *', intervalSeconds: 5 }],
    ['runAt', { scheduleType: 'OneTime' }],
    ['runAt', { scheduleType: 'OneTime', runAt: '2020-01-01T00:00:00Z' }],
    [
      'runAt',
      { scheduleType: 'OneTime', runAt: '2030-01-01T00:00:00Z', effectiveFrom: '2031-01-01T00:00:00Z' },
    ],
    ['effectiveFrom', { scheduleType: 'Interval', intervalSeconds: 60, effectiveFrom: 'later' }],
    ['name', { scheduleType: 'Interval', intervalSeconds: 60, name: 'x' }],
  ])('names %s in %j', async (field, request) => {
    const job = await createJob(service);
    const answer = await service.call('PATCH', `${JOBS}/${job.id}/reschedule`, request);
    expect({ ...answer, fields: fieldsAtFault(answer) }).toMatchObject({ fields: [field] });
    expect((await service.call('GET', `${JOBS}/${job.id}`)).body).toEqual(job);
  });
});

describe('pausing and resuming', () => {
  it('stops the clock and goes on where it stood', async () => {
    const job = await createJob(service);
    const paused = await call(job, 'pause');
    expect(paused).toEqual({ ...job, status: 'Paused', nextRunAt: null, updatedAt: paused.updatedAt });
    expect(await clockOf(job)).toMatchObject({ next_run_at: null, paused_run_at: new Date(job.nextRunAt) });
    const resumed = await call(job, 'resume');
    expect(resumed).toEqual({ ...job, updatedAt: resumed.updatedAt });
    expect(await clockOf(job)).toMatchObject({ paused_run_at: null, late_until: null });
    expect(await occurrencesOf(job)).toEqual([]);
  });

  it('records runs that were due in a short pause as skipped', async () => {
    const job = await createJob(service, { ...minutely, misfireGraceSeconds: 3600 });
    await call(job, 'pause');
    const due = await letPass(job, 90, 'paused_run_at');
    const resumed = await call(job, 'resume');
    expect(await occurrencesOf(job)).toEqual([
      {
        from: due,
        through: new Date(due.getTime() + 60_000),
        instants: 2,
        result: 'skipped',
        reason: 'paused',
      },
    ]);
    expect(Date.parse(resumed.nextRunAt)).toBeGreaterThan(due.getTime() + 90_000);
  });

  it('leaves runs that were due in a long pause to the misfire policy', async () => {
    const job = await createJob(service, { ...minutely, misfireGraceSeconds: 30 });
    await call(job, 'pause');
    const due = await letPass(job, 90, 'paused_run_at');
    expect((await call(job, 'resume')).nextRunAt).toBe(due.toISOString());
    const { late_until: lateUntil } = await clockOf(job);
    expect(lateUntil?.getTime()).toBeGreaterThanOrEqual(due.getTime() + 90_000);
    expect(await occurrencesOf(job)).toEqual([]);
  });

  it('never loses the only run of a one-time job', async () => {
    const once = {
      scheduleType: 'OneTime',
      runAt: '2035-01-01T00:00:00Z',
      intervalSeconds: null,
      misfireGraceSeconds: 3600,
    };
    const job = await createJob(service, once);
    await call(job, 'pause');
    const { rows } = await sql.query(
      `WITH moved AS (UPDATE jobs SET run_at = date_trunc('milliseconds', now()) - interval '5 seconds' WHERE id = $1 RETURNING run_at)
       UPDATE job_clocks SET paused_run_at = (SELECT run_at FROM moved) WHERE job_id = $1 RETURNING paused_run_at`,
      [job.id],
    );
    const { paused_run_at: runAt } = rows[0] as Clock;
    expect(await call(job, 'resume')).toMatchObject({ status: 'Enabled', nextRunAt: runAt?.toISOString() });
    expect((await clockOf(job)).late_until).not.toBeNull();
  });

  it('stays paused over updates', async () => {
    const job = await createJob(service);
    await call(job, 'pause');
    const { body } = await service.call('PUT', `${JOBS}/${job.id}`, {
      isEnabled: true,
      intervalSeconds: 120,
    });
    expect(body).toMatchObject({ status: 'Paused', isEnabled: true, nextRunAt: null });
    const resumed = await call(job, 'resume');
    expect(Date.parse(resumed.nextRunAt) - Date.parse(resumed.anchorAt as string)).toBe(120_000);
  });

  it('refuses a pause that changes nothing, with the reason', async () => {
    const paused = await createJob(service);
    await call(paused, 'pause');
    const disabled = await createJob(service, { isEnabled: false });
    const completed = await createJob(service);
    await sql.query(`UPDATE jobs SET state = 'completed' WHERE id = $1`, [completed.id]);
    for (const [job, reason] of [
      [paused, 'paused already'],
      [disabled, 'disabled'],
      [completed, 'completed'],
    ] as const) {
      const { status, body } = await service.call('POST', `${JOBS}/${job.id}/pause`);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'job_not_pausable' });
      expect(body.detail).toContain(reason);
    }
  });

  it('refuses to resume what is not paused', async () => {
    for (const job of [await createJob(service), await createJob(service, { isEnabled: false })]) {
      const { status, body } = await service.call('POST', `${JOBS}/${job.id}/resume`);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'job_not_paused' });
    }
  });

  it('lets exactly one of several simultaneous pauses win', async () => {
    const job = await createJob(service);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => service.call('POST', `${JOBS}/${job.id}/pause`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
  });
});
