import pg from 'pg';
import type { Json } from '../../src/domain/execution/outcome.js';
import { ConfigurationVault } from '../../src/modules/secrets/configuration-vault.js';
import { createJob, fieldsAtFault, type Job, JOBS, startApi, UNKNOWN_ID } from '../support/scheduler-api.js';
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

async function update(id: string, change: object): Promise<Job> {
  const { status, body } = await service.call('PUT', `${JOBS}/${id}`, change);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as Job;
}

async function row<T>(text: string, id: string): Promise<T> {
  return (await sql.query(text, [id])).rows[0] as T;
}

const scheduleVersion = async (id: string): Promise<number> =>
  Number((await row<{ v: string }>('SELECT schedule_version AS v FROM job_clocks WHERE job_id = $1', id)).v);

describe('updating a job', () => {
  it('changes what is sent and keeps the rest', async () => {
    const job = await createJob(service, { description: 'old', tags: ['a'], priority: 3 });
    const changed = await update(job.id, { name: 'new name', tags: ['b'], timeoutSeconds: 9 });
    const { updatedAt, ...rest } = changed;
    expect(rest).toEqual({
      ...job,
      name: 'new name',
      tags: ['b'],
      timeoutSeconds: 9,
      version: 2,
      updatedAt: undefined,
    });
    expect(String(updatedAt) >= job.createdAt).toBe(true);
    expect((await service.call('GET', `${JOBS}/${job.id}`)).body).toEqual(changed);
  });

  it('goes back to a default with null', async () => {
    const job = await createJob(service, {
      description: 'old',
      tags: ['a'],
      priority: 3,
      timezone: 'Asia/Tokyo',
      timeoutSeconds: 5,
      retryPolicy: { maxAttempts: 3 },
      maxConcurrency: 2,
      startAt: '2030-01-01T00:00:00Z',
    });
    const nulls = [
      'description',
      'tags',
      'priority',
      'timezone',
      'timeoutSeconds',
      'retryPolicy',
      'maxConcurrency',
      'startAt',
    ];
    const changed = await update(job.id, Object.fromEntries(nulls.map((name) => [name, null])));
    expect(changed).toMatchObject({
      description: null,
      tags: [],
      priority: 0,
      timezone: 'UTC',
      timeoutSeconds: 300,
      maxConcurrency: null,
      startAt: null,
    });
    expect(changed.retryPolicy).toMatchObject({ maxAttempts: 1 });
  });

  it('takes every field of a creation', async () => {
    const job = await createJob(service);
    const everything = {
      name: 'renamed',
      description: 'described',
      scheduleType: 'Cron',
      scheduleExpression: '0 7 * * *',
      jobConfiguration: { url: 'http://127.0.0.1:10/', method: 'PUT' },
      timezone: 'Europe/London',
      createdBy: 'someone else',
      jitterSeconds: 1,
      misfirePolicy: 'skip',
      misfireGraceSeconds: 2,
      catchupWindowSeconds: 3,
      maxCatchupRuns: 4,
      overlapPolicy: 'skip',
      pauseAfterFailures: 5,
      priority: 6,
      maxConcurrency: 7,
      endAt: '2040-01-01T00:00:00.000Z',
    };
    expect(await update(job.id, everything)).toMatchObject({
      ...everything,
      intervalSeconds: null,
      anchorAt: null,
    });
  });

  it('moves neither anchor nor next run unless the schedule changes', async () => {
    const job = await createJob(service);
    const fields = { scheduleType: 'Interval', intervalSeconds: 3600, scheduleExpression: null, runAt: null };
    for (const change of [
      { name: 'x' },
      { timezone: 'Asia/Tokyo' },
      fields,
      { ...fields, anchorAt: job.anchorAt },
    ]) {
      expect(await update(job.id, change)).toMatchObject({
        anchorAt: job.anchorAt,
        nextRunAt: job.nextRunAt,
      });
    }
  });

  it('writes nothing when nothing changes', async () => {
    const job = await createJob(service, { tags: ['a'], retryPolicy: { maxAttempts: 2 } });
    const before = await scheduleVersion(job.id);
    const { name, tags, scheduleType, intervalSeconds, jobConfiguration, retryPolicy, timezone } = job;
    const same = { name, tags, scheduleType, intervalSeconds, jobConfiguration, retryPolicy, timezone };
    expect(await update(job.id, same)).toEqual(job);
    expect(await update(job.id, {})).toEqual(job);
    expect(await scheduleVersion(job.id)).toBe(before);
  });

  it('starts a changed interval anew', async () => {
    const job = await createJob(service);
    const changed = await update(job.id, { intervalSeconds: 7200 });
    expect(Date.parse(changed.nextRunAt) - Date.parse(changed.anchorAt as string)).toBe(7_200_000);
    expect(String(changed.anchorAt) >= job.createdAt).toBe(true);
  });

  it('reads a cron expression in a new timezone', async () => {
    const cron = { scheduleType: 'Cron', scheduleExpression: '0 12 1 7 *', intervalSeconds: null };
    const job = await createJob(service, cron);
    expect((await update(job.id, { timezone: 'Asia/Tokyo' })).nextRunAt).toMatch(/-07-01T03:00:00\.000Z$/);
  });

  it('keeps stored secrets where their mask comes back, and takes new ones', async () => {
    const url = 'https://example.com/hook?token=t0&page=1';
    const job = await createJob(service, {
      jobConfiguration: { url, headers: { 'X-Api-Key': 'k', Accept: 'a/b' } },
    });
    const shown = job.jobConfiguration as { headers: object };
    await update(job.id, {
      jobConfiguration: { ...shown, headers: { ...shown.headers, Accept: 'c/d', Authorization: 'Bearer n' } },
    });
    await update(job.id, { description: 'only this' });
    const { configuration } = await row<{ configuration: Record<string, Json> }>(
      'SELECT configuration FROM jobs WHERE id = $1',
      job.id,
    );
    const vault = service.app.get(ConfigurationVault, { strict: false });
    expect(vault.opened(job.id, configuration)).toMatchObject({
      url,
      headers: { 'X-Api-Key': 'k', Accept: 'c/d', Authorization: 'Bearer n' },
    });
  });

  it('keeps each definition that held, for the executions made from it', async () => {
    const job = await createJob(service, { timeoutSeconds: 1 });
    await update(job.id, { timeoutSeconds: 2 });
    await service.call('PATCH', `${JOBS}/${job.id}/reschedule`, {
      scheduleType: 'Interval',
      intervalSeconds: 60,
    });
    const { rows } = await sql.query(
      `SELECT version, definition->'timeoutSeconds' AS timeout, definition->'configuration'->>'url' AS url
       FROM job_versions WHERE job_id = $1 ORDER BY version`,
      [job.id],
    );
    const url = 'http://127.0.0.1:9/';
    expect(rows).toEqual([
      { version: 1, timeout: 1, url },
      { version: 2, timeout: 2, url },
      { version: 3, timeout: 2, url },
    ]);
  });

  it('gives a job that becomes limited its slots', async () => {
    const job = await createJob(service);
    const slots = async (): Promise<number> =>
      Number((await row<{ n: string }>('SELECT count(*) AS n FROM flow_slots WHERE job_id = $1', job.id)).n);
    expect(await slots()).toBe(0);
    await update(job.id, { maxConcurrency: 3 });
    expect(await slots()).toBe(1);
  });

  it('lets simultaneous updates of different fields all count', async () => {
    const job = await createJob(service);
    const changes = [{ name: 'n' }, { description: 'd' }, { priority: 4 }, { tags: ['t'] }];
    await Promise.all(changes.map((change) => update(job.id, change)));
    const { body } = await service.call('GET', `${JOBS}/${job.id}`);
    expect(body).toMatchObject({ name: 'n', description: 'd', priority: 4, tags: ['t'], version: 5 });
  });

  it.each<[string, object]>([
    ['name', { name: null }],
    ['name', { name: '' }],
    ['jobType', { jobType: null }],
    ['scheduleType', { scheduleType: null }],
    ['scheduleExpression', { scheduleType: 'Cron' }],
    ['scheduleExpression', { scheduleExpression: '* * * * *' }],
    ['intervalSeconds', { intervalSeconds: null }],
    ['runAt', { runAt: '2035-01-01T00:00:00Z' }],
    ['runAt', { scheduleType: 'OneTime', runAt: '2020-01-01T00:00:00Z' }],
    ['timezone', { timezone: 'Nowhere' }],
    ['jobConfiguration.url', { jobConfiguration: { url: 5 } }],
    [
      'jobConfiguration.headers.Cookie',
      { jobConfiguration: { url: 'http://x/', headers: { Cookie: '***' } } },
    ],
    ['id', { id: UNKNOWN_ID }],
    ['status', { status: 'Paused' }],
  ])('names %s in %j', async (field, change) => {
    const job = await createJob(service);
    expect(fieldsAtFault(await service.call('PUT', `${JOBS}/${job.id}`, change))).toEqual([field]);
    expect((await service.call('GET', `${JOBS}/${job.id}`)).body).toEqual(job);
  });
});

describe('disabling and enabling', () => {
  it('stops the clock and starts it again after now', async () => {
    const job = await createJob(service);
    expect(await update(job.id, { isEnabled: false })).toMatchObject({
      status: 'Disabled',
      nextRunAt: null,
      isEnabled: false,
    });
    expect(await update(job.id, { intervalSeconds: 1800 })).toMatchObject({
      status: 'Disabled',
      nextRunAt: null,
    });
    const enabled = await update(job.id, { isEnabled: true });
    expect(enabled).toMatchObject({ status: 'Enabled', isEnabled: true });
    expect(Date.parse(enabled.nextRunAt)).toBeGreaterThan(Date.parse(enabled.createdAt));
  });

  it('records what was due and not yet fired when it is disabled', async () => {
    const job = await createJob(service);
    await sql.query(`UPDATE job_clocks SET next_run_at = now() - interval '1 second' WHERE job_id = $1`, [
      job.id,
    ]);
    await update(job.id, { isEnabled: false });
    expect(await row('SELECT result, reason, instants FROM occurrences WHERE job_id = $1', job.id)).toEqual({
      result: 'skipped',
      reason: 'disabled',
      instants: 1,
    });
  });

  it('does not enable a one-time job whose instant has passed', async () => {
    const once = {
      scheduleType: 'OneTime',
      runAt: '2035-01-01T00:00:00Z',
      intervalSeconds: null,
      isEnabled: false,
    };
    const job = await createJob(service, once);
    await sql.query(`UPDATE jobs SET run_at = '2020-01-01' WHERE id = $1`, [job.id]);
    expect(fieldsAtFault(await service.call('PUT', `${JOBS}/${job.id}`, { isEnabled: true }))).toEqual([
      'runAt',
    ]);
    expect(await update(job.id, { isEnabled: true, runAt: '2036-01-01T00:00:00Z' })).toMatchObject({
      status: 'Enabled',
      nextRunAt: '2036-01-01T00:00:00.000Z',
    });
  });
});

describe('deleting a job', () => {
  const history = async (id: string): Promise<number> =>
    Number((await row<{ n: string }>('SELECT count(*) AS n FROM executions WHERE job_id = $1', id)).n);

  it('softly: it is gone, its queue is cancelled, its history stays', async () => {
    const job = await createJob(service);
    const { body: executionId } = await service.call('POST', `${JOBS}/${job.id}/trigger`);
    const { status, body } = await service.call('DELETE', `${JOBS}/${job.id}`);
    expect({ status, body }).toEqual({ status: 204, body: null });
    expect((await service.call('GET', `${JOBS}/${job.id}`)).status).toBe(404);
    expect((await service.call('DELETE', `${JOBS}/${job.id}`)).body.code).toBe('job_not_found');
    expect((await service.call('POST', `${JOBS}/${job.id}/trigger`)).body.code).toBe('job_not_found');
    const { body: page } = await service.call('GET', `${JOBS}/${job.id}/executions`);
    expect(page.items).toMatchObject([
      { id: executionId, status: 'Cancelled', errorMessage: expect.stringContaining('deleted by tester') },
    ]);
    expect(await row('SELECT next_run_at FROM job_clocks WHERE job_id = $1', job.id)).toEqual({
      next_run_at: null,
    });
  });

  it('for good: nothing of it is left, also after a soft delete', async () => {
    const jobs = [await createJob(service, { maxConcurrency: 1 }), await createJob(service)];
    for (const { id } of jobs) await service.call('POST', `${JOBS}/${id}/trigger`);
    await service.call('DELETE', `${JOBS}/${jobs[1]?.id}`);
    for (const { id } of jobs) {
      expect(await history(id)).toBe(1);
      expect((await service.call('DELETE', `${JOBS}/${id}?hardDelete=true`)).status).toBe(204);
      expect(await history(id)).toBe(0);
      for (const table of ['job_versions', 'job_clocks', 'job_runtime', 'flow_slots', 'ready', 'held']) {
        expect((await sql.query(`SELECT FROM ${table} WHERE job_id = $1`, [id])).rowCount).toBe(0);
      }
      expect((await service.call('GET', `${JOBS}/${id}/executions`)).status).toBe(404);
      expect((await service.call('DELETE', `${JOBS}/${id}?hardDelete=true`)).body.code).toBe('job_not_found');
    }
  });

  it('refuses a hardDelete that is neither true nor false', async () => {
    const job = await createJob(service);
    expect(fieldsAtFault(await service.call('DELETE', `${JOBS}/${job.id}?hardDelete=yes`))).toEqual([
      'hardDelete',
    ]);
    expect((await service.call('GET', `${JOBS}/${job.id}`)).status).toBe(200);
  });
});

describe('changing a job that does not exist', () => {
  it.each([
    ['PUT', '', {}],
    ['DELETE', '', undefined],
    ['DELETE', '?hardDelete=true', undefined],
    ['PATCH', '/reschedule', { scheduleType: 'Interval', intervalSeconds: 60 }],
    ['POST', '/pause', undefined],
    ['POST', '/resume', undefined],
    ['POST', '/trigger', undefined],
  ])('is a 400 with the code job_not_found (%s %s)', async (method, path, body) => {
    for (const id of [UNKNOWN_ID, 'nonsense']) {
      const answer = await service.call(method, `${JOBS}/${id}${path}`, body);
      expect({ status: answer.status, code: answer.body.code }).toEqual({
        status: 400,
        code: 'job_not_found',
      });
    }
  });
});
