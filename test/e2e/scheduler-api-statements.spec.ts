import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { operationsOf, readDocument } from '../support/openapi.js';
import {
  createJob,
  EXECUTIONS,
  fieldsAtFault,
  type Job,
  JOBS,
  startApi,
  UNKNOWN_ID,
} from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

const API = '/api/v1/scheduler';
const STATS = `${API}/dashboard/stats`;
const HOUR = 3_600_000;

/** The API alone: nothing runs, and what is on record is what a test has put there. */
let service: TestService;
let sql: pg.Client;

beforeAll(async () => {
  service = await startApi();
  sql = new pg.Client({ connectionString: service.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await service.stop();
});

/** Puts an execution on record. */
async function record(
  jobId: string,
  state: string,
  startedAt: Date | null,
  finishedAt: Date | null,
): Promise<string> {
  const id = uuidv7({ msecs: (startedAt ?? new Date()).getTime() });
  await sql.query(
    `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts)
     VALUES ($1, $2, 1, 'queued', 'manual', now(), 0, 1)`,
    [id, jobId],
  );
  await sql.query(
    `UPDATE executions SET state = $2::text, started_at = $3, finished_at = $4,
                           failure_kind = CASE WHEN $2::text = 'failed' THEN 'error' END WHERE id = $1`,
    [id, state, startedAt, finishedAt],
  );
  // What runs is in the hands of a worker.
  if (state === 'running')
    await sql.query(
      `INSERT INTO claims (claim_id, owner, lease_until, ids, attempts, remaining)
       VALUES (gen_random_uuid(), gen_random_uuid(), now() + interval '1 hour', ARRAY[$1::uuid], '{1}', 1)`,
      [id],
    );
  return id;
}

const ended = (jobId: string, state: string, at: Date): Promise<string> =>
  record(jobId, state, new Date(at.getTime() - 1_000), at);

const ENDED = ['succeeded', 'failed', 'cancelled', 'expired', 'skipped'];

describe('access', () => {
  const operations = operationsOf(readDocument('openapi/scheduler.json'));
  const statuses = (which: typeof operations, token: string | null) =>
    Promise.all(
      which.map(async ({ method, path }) => {
        const place = path.replace(/\{\w+\}/g, UNKNOWN_ID);
        const { status, headers } = await service.call(method, place, undefined, { token });
        return [`${method} ${path}`, status, headers.get('content-type')];
      }),
    );
  const answering = (which: typeof operations, status: number) =>
    which.map(({ method, path }) => [`${method} ${path}`, status, 'application/problem+json']);

  it('of every endpoint needs a token: else 401', async () => {
    expect(operations.length).toBeGreaterThan(40);
    expect(await statuses(operations, null)).toEqual(answering(operations, 401));
  });

  it('of every endpoint that changes something is refused to viewers: 403', async () => {
    const changing = operations.filter(({ method }) => method !== 'GET');
    expect(await statuses(changing, service.token('viewer'))).toEqual(answering(changing, 403));
  });

  it('of every endpoint under /admin needs the policy AdminOnly: else 403', async () => {
    const admin = operations.filter(({ path }) => path.startsWith(`${API}/admin/`));
    expect(admin.map(({ path }) => path.slice(API.length))).toEqual(
      expect.arrayContaining([
        '/admin/pause-all',
        '/admin/resume-all',
        '/admin/clear-logs',
        '/admin/export',
        '/admin/import',
      ]),
    );
    expect(await statuses(admin, service.token('operator'))).toEqual(answering(admin, 403));
    expect(await statuses(admin, service.token('viewer'))).toEqual(answering(admin, 403));
  });
});

describe('a body', () => {
  it.each([
    ['POST', '/jobs'],
    ['PUT', '/jobs/{jobId}'],
    ['PATCH', '/jobs/{jobId}/reschedule'],
    ['POST', '/jobs/{jobId}/trigger'],
    ['POST', '/jobs/{jobId}/exclusions'],
    ['POST', '/jobs/{jobId}/dependencies'],
    ['POST', '/workflows'],
    ['POST', '/jobs/bulk/pause'],
    ['DELETE', '/admin/clear-logs'],
    ['POST', '/admin/import'],
  ])('with an unknown field is a 400 that names it (%s %s)', async (method, path) => {
    const { id } = await createJob(service);
    const answer = await service.call(method, API + path.replace('{jobId}', id), { unheardOf: 1 });
    expect(fieldsAtFault(answer)).toContain('unheardOf');
  });
});

describe('an endpoint that takes no body', () => {
  const bodiless = operationsOf(readDocument('openapi/scheduler.json')).filter(
    ({ method, requestBody }) => method !== 'GET' && requestBody === undefined,
  );

  it.each(bodiless.map(({ method, path }) => [method, path]))(
    'refuses fields by name (%s %s)',
    async (method, path) => {
      const place = path.replace(/\{\w+\}/g, UNKNOWN_ID);
      expect(fieldsAtFault(await service.call(method, place, { hardDelete: true }))).toEqual(['hardDelete']);
      expect(fieldsAtFault(await service.call(method, place, ['x']))).toEqual(['body']);
    },
  );

  it('takes an empty object, null, and an empty text of any type for none', async () => {
    const { id } = await createJob(service);
    for (const [action, body, type] of [
      ['pause', '{}', 'application/json'],
      ['resume', 'null', 'application/json'],
      ['pause', '', 'application/json'],
      ['resume', '', 'application/x-www-form-urlencoded'],
      ['pause', '', 'text/plain; charset=utf-8'],
    ] as const) {
      const headers = { authorization: `Bearer ${service.token()}`, 'content-type': type };
      const answer = await fetch(`${service.url}${JOBS}/${id}/${action}`, { method: 'POST', headers, body });
      expect({ action, type, status: answer.status }).toEqual({ action, type, status: 200 });
    }
  });
});

describe('PUT /jobs/{jobId}', () => {
  const whole = {
    name: 'whole',
    description: 'described',
    jobType: 'HttpCall',
    scheduleType: 'Interval',
    intervalSeconds: 600,
    jobConfiguration: { url: 'http://127.0.0.1:9/a', headers: { 'X-Api-Key': 'k' } },
    retryPolicy: { maxAttempts: 3, delaySeconds: 7 },
    timeoutSeconds: 33,
    timezone: 'Asia/Tokyo',
    isEnabled: true,
    tags: ['a', 'b'],
    createdBy: 'ops-team',
  };

  it.each<[string, object]>([
    ['name', { name: 'other' }],
    ['description', { description: 'other' }],
    ['jobType', { jobType: 'HttpCall' }],
    ['scheduleType', { scheduleType: 'Cron', scheduleExpression: '0 9 * * *' }],
    ['intervalSeconds', { intervalSeconds: 601 }],
    ['runAt', { scheduleType: 'OneTime', runAt: '2035-01-01T00:00:00.000Z' }],
    ['jobConfiguration', { jobConfiguration: { url: 'http://127.0.0.1:9/b' } }],
    ['retryPolicy', { retryPolicy: { maxAttempts: 9, delaySeconds: 1 } }],
    ['timeoutSeconds', { timeoutSeconds: 34 }],
    ['timezone', { timezone: 'Europe/Paris' }],
    ['isEnabled', { isEnabled: false }],
    ['tags', { tags: [] }],
    ['createdBy', { createdBy: 'other' }],
    ['nothing', {}],
  ])('takes %s alone, and omitted fields retain their values (%j)', async (_field, change) => {
    const { id, ...before } = await createJob(service, whole);
    const { status, body } = await service.call('PUT', `${JOBS}/${id}`, change);
    expect(status).toBe(200);
    expect(body).toMatchObject(change);
    const mayFollow = ['updatedAt', 'version', 'nextRunAt', 'anchorAt'];
    const schedule = ['scheduleType', 'scheduleExpression', 'intervalSeconds', 'runAt'];
    const changed = new Set([...Object.keys(change), ...mayFollow]);
    if ('scheduleType' in change) schedule.forEach((field) => changed.add(field));
    if ('isEnabled' in change) changed.add('status');
    const kept = Object.fromEntries(Object.entries(before).filter(([field]) => !changed.has(field)));
    expect(body).toMatchObject(kept);
    expect((await service.call('GET', `${JOBS}/${id}`)).body).toEqual(body);
  });

  it('takes changes of a one-time job whose instant has passed, its own runAt too', async () => {
    const once = { scheduleType: 'OneTime', intervalSeconds: null, runAt: '2035-01-01T00:00:00.000Z' };
    const { id } = await createJob(service, once);
    await sql.query(`UPDATE jobs SET state = 'completed', run_at = '2020-01-01T00:00:00Z' WHERE id = $1`, [
      id,
    ]);
    await sql.query('UPDATE job_clocks SET next_run_at = NULL WHERE job_id = $1', [id]);
    for (const change of [{ name: 'renamed' }, { tags: ['x'], ...once, runAt: '2020-01-01T00:00:00.000Z' }]) {
      const { status, body } = await service.call('PUT', `${JOBS}/${id}`, change);
      expect({ status, body }).toMatchObject({ status: 200, body: { ...change, status: 'Completed' } });
    }
  });
});

describe('a date-time without an offset', () => {
  it.each<[string, object, string]>([
    ['of the job', {}, '2035-07-01T00:00:00.000Z'],
    ['that comes with it', { timezone: 'Europe/London' }, '2035-07-01T08:00:00.000Z'],
  ])('is read in the timezone %s when runAt is updated', async (_which, change, runAt) => {
    const { id } = await createJob(service, { timezone: 'Asia/Tokyo' });
    const once = { scheduleType: 'OneTime', runAt: '2035-07-01T09:00:00', ...change };
    expect((await service.call('PUT', `${JOBS}/${id}`, once)).body).toMatchObject({
      runAt,
      nextRunAt: runAt,
    });
  });

  it('is read in the timezone of the job as effectiveFrom', async () => {
    const { id } = await createJob(service, { timezone: 'Asia/Tokyo' });
    const request = { scheduleType: 'Interval', intervalSeconds: 60, effectiveFrom: '2035-07-01T09:00:00' };
    const { body } = await service.call('PATCH', `${JOBS}/${id}/reschedule`, request);
    expect(body.scheduledChange.effectiveFrom).toBe('2035-07-01T00:00:00.000Z');
  });
});

describe('POST /jobs/{jobId}/exclusions', () => {
  it('takes the documented dates and days, also such as have passed', async () => {
    const { id } = await createJob(service);
    const documented = {
      excludedDates: ['2025-12-25', '2026-01-01'],
      excludedDaysOfWeek: ['Saturday', 'Sunday'],
    };
    const answer = await service.call('POST', `${JOBS}/${id}/exclusions`, documented);
    expect(answer).toMatchObject({ status: 200, body: { ...documented, timeRange: null } });
  });
});

describe('PATCH /jobs/{jobId}/reschedule', () => {
  it('applies at once what is effective from an instant that has passed', async () => {
    const job = await createJob(service);
    const request = { scheduleType: 'Interval', intervalSeconds: 60, effectiveFrom: '2020-01-01T00:00:00Z' };
    const { status, body } = await service.call('PATCH', `${JOBS}/${job.id}/reschedule`, request);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { intervalSeconds: 60, scheduledChange: null },
    });
  });

  it('leaves a paused job paused', async () => {
    const { id } = await createJob(service);
    await service.call('POST', `${JOBS}/${id}/pause`);
    const request = { scheduleType: 'Interval', intervalSeconds: 60 };
    const { body } = await service.call('PATCH', `${JOBS}/${id}/reschedule`, request);
    expect(body).toMatchObject({ status: 'Paused', intervalSeconds: 60, nextRunAt: null });
  });
});

describe('pages', () => {
  it.each([
    ['jobs', () => Promise.resolve(JOBS)],
    ['executions', async () => `${JOBS}/${(await createJob(service)).id}/executions`],
  ])('of %s have 1 to 200 items and are counted from 1', async (_what, path) => {
    const list = await path();
    for (const query of ['pageSize=1', 'pageSize=200', 'pageNumber=1'])
      expect((await service.call('GET', `${list}?${query}`)).status).toBe(200);
    for (const [query, field] of [
      ['pageSize=0', 'pageSize'],
      ['pageSize=201', 'pageSize'],
      ['pageNumber=0', 'pageNumber'],
    ] as const)
      expect(fieldsAtFault(await service.call('GET', `${list}?${query}`))).toEqual([field]);
  });

  it('of jobs: 20 on the first one by default, the rest on the second', async () => {
    const tag = 'paged';
    for (let n = 0; n < 22; n++) await createJob(service, { name: `paged ${n}`, tags: [tag] });
    const { body: first } = await service.call('GET', `${JOBS}?tag=${tag}`);
    expect(first).toMatchObject({ totalCount: 22, pageNumber: 1, pageSize: 20 });
    const { body: second } = await service.call('GET', `${JOBS}?tag=${tag}&pageNumber=2`);
    expect(second).toMatchObject({ totalCount: 22, pageNumber: 2, pageSize: 20 });
    const names = [...first.items, ...second.items].map(({ name }: Job) => name);
    expect([first.items.length, new Set(names).size]).toEqual([20, 22]);
  });
});

describe('GET /jobs/{jobId}/executions', () => {
  const start = Date.UTC(2026, 0, 1, 12);
  const at = (minute: number) => new Date(start + minute * 60_000);
  let job: Job;
  let ids: string[];

  beforeAll(async () => {
    job = await createJob(service);
    ids = [];
    for (let minute = 0; minute < 22; minute++)
      ids.push(await ended(job.id, 'succeeded', new Date(+at(minute) + 1_000)));
  });

  const list = async (query: string) =>
    (await service.call('GET', `${JOBS}/${job.id}/executions?${query}`)).body as {
      items: { id: string }[];
      totalCount: number;
    };
  const found = async (query: string) =>
    (await list(`pageSize=50&${query}`)).items.map(({ id }) => ids.indexOf(id));

  it('answers 20 on the first page by default, the newest first, and the rest on the second', async () => {
    const first = await list('');
    expect(first).toMatchObject({ totalCount: 22, pageNumber: 1, pageSize: 20 });
    const second = await list('pageNumber=2');
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([...ids].reverse());
    expect(first.items).toHaveLength(20);
  });

  it.each([
    ['fromDate', 'fromDate=2026-01-01T12:20:00Z', [21, 20]],
    ['fromDate', 'fromDate=2026-01-01T12:20:00.001Z', [21]],
    ['toDate', 'toDate=2026-01-01T12:01:00Z', [1, 0]],
    ['toDate', 'toDate=2026-01-01T12:00:59.999Z', [0]],
    ['fromDate and toDate', 'fromDate=2026-01-01T12:03:00Z&toDate=2026-01-01T12:05:00Z', [5, 4, 3]],
    ['an offset', 'fromDate=2026-01-01T13:20:00%2B01:00', [21, 20]],
    ['no offset, which is UTC', 'fromDate=2026-01-01T12:21:00', [21]],
  ])('finds those that started at or after, and at or before: %s (%s)', async (_what, query, expected) => {
    expect(await found(query)).toEqual(expected);
    expect((await list(query)).totalCount).toBe(expected.length);
  });

  it.each([
    ['Pending', ['delayed', 'waiting', 'queued']],
    ['Running', ['running']],
    ['Succeeded', ['succeeded']],
    ['Failed', ['failed']],
    ['Cancelled', ['cancelled', 'expired', 'skipped']],
  ])('finds and shows as %s what is %j', async (status, states) => {
    const { id } = await createJob(service);
    const wanted: string[] = [];
    const all = ['delayed', 'waiting', 'queued', 'running', ...ENDED];
    for (const state of all) {
      const startedAt = all.indexOf(state) < 3 ? null : new Date();
      const one = await record(id, state, startedAt, ENDED.includes(state) ? new Date() : null);
      if (states.includes(state)) wanted.push(one);
    }
    const { body } = await service.call('GET', `${JOBS}/${id}/executions?status=${status}`);
    expect((body.items as { id: string }[]).map((item) => item.id).sort()).toEqual(wanted.sort());
    for (const one of wanted)
      expect((await service.call('GET', `${EXECUTIONS}/${one}`)).body.status).toBe(status);
  });

  it.each(['cancelled', 'expired', 'skipped'])('says in errorMessage that one was %s', async (state) => {
    const { body } = await service.call('GET', `${EXECUTIONS}/${await ended(job.id, state, at(-60))}`);
    expect(body).toMatchObject({ status: 'Cancelled', errorMessage: expect.stringContaining(state) });
  });
});

describe('POST /executions/{executionId}/cancel', () => {
  it.each(ENDED)('is a 409 for one that is %s', async (state) => {
    const id = await ended((await createJob(service)).id, state, new Date());
    const answer = await service.call('POST', `${EXECUTIONS}/${id}/cancel`);
    expect(answer).toMatchObject({
      status: 409,
      body: { type: 'urn:carillon:error:execution_finished', title: 'Conflict', status: 409 },
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('POST /executions/{executionId}/retry', () => {
  it.each(['succeeded', 'running', 'queued', 'delayed', 'waiting'])(
    'is a 400 for one that has not failed but is %s',
    async (state) => {
      const { id: jobId } = await createJob(service);
      const id = ENDED.includes(state)
        ? await ended(jobId, state, new Date())
        : await record(jobId, state, state === 'running' ? new Date() : null, null);
      expect(await service.call('POST', `${EXECUTIONS}/${id}/retry`)).toMatchObject({
        status: 400,
        body: { code: 'execution_not_failed' },
      });
    },
  );
});

describe('GET /dashboard/stats', () => {
  const stats = async (token: string) => (await service.call('GET', STATS, undefined, { token })).body;

  it('successRate and recentFailures are of the last 24 hours, of all that ended', async () => {
    const token = service.token('admin', { projects: ['figures'] });
    const job = await createJob(service, {}, { token });
    const deleted = await createJob(service, {}, { token });
    await service.call('DELETE', `${JOBS}/${deleted.id}`, undefined, { token });
    expect(await stats(token)).toMatchObject({ totalJobs: 1, successRate: null, recentFailureCount: 0 });
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR);
    for (const state of ['succeeded', 'failed', 'cancelled']) await ended(job.id, state, hoursAgo(23));
    await ended(job.id, 'succeeded', hoursAgo(1));
    for (const state of ['succeeded', 'failed', 'failed']) await ended(job.id, state, hoursAgo(25));
    expect(await stats(token)).toMatchObject({ successRate: 50, recentFailures: 1, recentFailureCount: 1 });
  });

  it('enabledJobs counts neither paused, disabled nor completed jobs', async () => {
    const token = service.token('admin', { projects: ['enabled'] });
    const [, paused, completed] = [0, 1, 2].map(() => createJob(service, {}, { token }));
    await service.call('POST', `${JOBS}/${(await paused)?.id}/pause`, undefined, { token });
    await sql.query(`UPDATE jobs SET state = 'completed' WHERE id = $1`, [(await completed)?.id]);
    await createJob(service, { isEnabled: false }, { token });
    expect(await stats(token)).toMatchObject({ totalJobs: 4, enabledJobs: 1 });
  });
});

describe('GET /executions/timeline', () => {
  const TIMELINE = `${API}/executions/timeline`;

  it('looks back 24 hours by default', async () => {
    const [byDefault, day] = [
      await service.call('GET', TIMELINE),
      await service.call('GET', `${TIMELINE}?hours=24`),
    ];
    expect(byDefault.body).toHaveLength(24);
    expect(byDefault.body).toEqual(day.body);
  });

  it.each([1, 47, 48, 49, 2_160])(
    'has contiguous buckets, 1 h wide up to 48 h, the last one now (%d)',
    async (hours) => {
      const { body } = await service.call('GET', `${TIMELINE}?hours=${hours}`);
      const starts = (body as { timestamp: string }[]).map(({ timestamp }) => Date.parse(timestamp));
      const widths = new Set(starts.slice(1).map((start, index) => start - (starts[index] ?? 0)));
      const [width = HOUR] = widths;
      expect(widths.size).toBeLessThanOrEqual(1);
      if (hours <= 48) expect([width, starts.length]).toEqual([HOUR, hours]);
      else expect(width).toBeGreaterThan(HOUR);
      const last = starts.at(-1) ?? 0;
      expect(last).toBeLessThanOrEqual(Date.now());
      // The hour may turn over between the answer and this line.
      expect(last + width).toBeGreaterThan(Date.now() - 60_000);
    },
  );
});

describe('the export', () => {
  it('holds all job definitions, however many, and the import tells how many came in', async () => {
    const job = { name: 'one of many', jobType: 'HttpCall', scheduleType: 'Interval', intervalSeconds: 3600 };
    const jobs = Array.from({ length: 520 }, () => ({
      ...job,
      jobConfiguration: { url: 'http://127.0.0.1:9/' },
    }));
    const jsonPayload = JSON.stringify({ jobs });
    expect((await service.call('POST', `${API}/admin/import`, { jsonPayload })).body).toBe(520);
    const { body: page } = await service.call('GET', `${JOBS}?pageSize=1`);
    const { body: file } = await service.call('GET', `${API}/admin/export`);
    expect(new Set((file.jobs as Job[]).map(({ id }) => id)).size).toBe(page.totalCount);
  });
});
