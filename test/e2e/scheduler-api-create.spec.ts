import { createJob, fieldsAtFault, JOBS, MINIMAL_JOB, startApi } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

/** The example of the API's document, word for word. */
const documented = {
  name: 'Sync inventory feed',
  description: 'Calls the upstream inventory API every weekday morning.',
  jobType: 'HttpCall',
  scheduleType: 'Cron',
  scheduleExpression: '0 7 * * 1-5',
  intervalSeconds: null,
  runAt: null,
  jobConfiguration: {
    url: 'https://your-service.example.com/api/sync',
    method: 'POST',
    headers: { 'X-Api-Key': 'abc123' },
    body: null,
  },
  retryPolicy: { maxAttempts: 3, delaySeconds: 30 },
  timeoutSeconds: 120,
  timezone: 'America/New_York',
  isEnabled: true,
  tags: ['inventory', 'weekday'],
  createdBy: 'ops-team',
};

const everyOption = {
  startAt: '2030-01-01T00:00:00.000Z',
  endAt: '2040-01-01T00:00:00.000Z',
  jitterSeconds: 5,
  misfirePolicy: 'fireAll',
  misfireGraceSeconds: 7,
  catchupWindowSeconds: 8,
  maxCatchupRuns: 9,
  overlapPolicy: 'queueOne',
  pauseAfterFailures: 11,
  priority: 10,
  maxConcurrency: 12,
  maxConcurrencyPerKey: 1,
  rateLimit: { max: 100, windowSeconds: 60 },
  rateLimitKeys: [{ name: 'tenant', max: 10, windowSeconds: 3_600 }],
  executionWindow: '* 9-17 * * 1-5',
  versionPolicy: 'minor',
  backwardsCompatible: false,
  anchorAt: '2029-06-01T00:00:30.000Z',
  retryPolicy: {
    maxAttempts: 4,
    delaySeconds: 2,
    strategy: 'exponential',
    maxDelaySeconds: 60,
    delaysSeconds: null,
    jitter: 0.5,
  },
};

let service: TestService;

beforeAll(async () => {
  service = await startApi();
});
afterAll(() => service.stop());

describe('creating a job', () => {
  it('takes the documented example and echoes every field', async () => {
    const { status, headers, body } = await service.call('POST', JOBS, documented);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${JOBS}/${body.id}`);
    expect(body).toMatchObject({
      ...documented,
      jobConfiguration: { ...documented.jobConfiguration, headers: { 'X-Api-Key': '***' } },
      status: 'Enabled',
      lastRunAt: null,
      consecutiveFailures: 0,
      exclusions: null,
      dependencies: null,
      scheduledChange: null,
      version: 1,
    });
    expect(body.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const next = new Date(body.nextRunAt as string);
    const time = new Intl.DateTimeFormat('en-GB', { timeZone: documented.timezone, timeStyle: 'short' });
    expect(time.format(next)).toBe('07:00');
    expect(next > new Date(body.createdAt as string)).toBe(true);
    expect((await service.call('GET', `${JOBS}/${body.id}`)).body).toEqual(body);
  });

  it('fills in the defaults', async () => {
    const { name, jobType, scheduleType, intervalSeconds, jobConfiguration } = MINIMAL_JOB;
    const job = await createJob(service);
    expect(job).toMatchObject({
      name,
      jobType,
      scheduleType,
      intervalSeconds,
      jobConfiguration,
      description: null,
      scheduleExpression: null,
      runAt: null,
      retryPolicy: {
        maxAttempts: 1,
        delaySeconds: 0,
        strategy: 'fixed',
        maxDelaySeconds: null,
        delaysSeconds: null,
        jitter: 0,
      },
      timeoutSeconds: 300,
      timezone: 'UTC',
      isEnabled: true,
      tags: [],
      createdBy: 'tester',
      startAt: null,
      endAt: null,
      jitterSeconds: 0,
      misfirePolicy: 'fireOnce',
      misfireGraceSeconds: 60,
      catchupWindowSeconds: 86_400,
      maxCatchupRuns: 100,
      overlapPolicy: 'allow',
      pauseAfterFailures: null,
      priority: 0,
      maxConcurrency: null,
      maxConcurrencyPerKey: null,
      rateLimit: null,
      rateLimitKeys: [],
      executionWindow: null,
      versionPolicy: 'pin',
      backwardsCompatible: true,
    });
  });

  it('stores every further option', async () => {
    const job = await createJob(service, everyOption);
    expect(job).toMatchObject(everyOption);
    // The first multiple of an hour after startAt, counted from the anchor.
    expect(job.nextRunAt).toBe('2030-01-01T00:00:30.000Z');
  });

  it('takes a custom retry strategy', async () => {
    const retryPolicy = { maxAttempts: 3, strategy: 'custom', delaysSeconds: [0.5, 10] };
    expect((await createJob(service, { retryPolicy })).retryPolicy).toEqual({
      ...retryPolicy,
      delaySeconds: 0,
      maxDelaySeconds: null,
      jitter: 0,
    });
  });

  it('counts an interval from the creation', async () => {
    const job = await createJob(service);
    expect(job.anchorAt).toBe(job.createdAt);
    expect(Date.parse(job.nextRunAt) - Date.parse(job.createdAt)).toBe(3_600_000);
  });

  it.each([
    [
      'a local time, in the job’s timezone',
      '2035-07-01T09:00:00',
      'Europe/London',
      '2035-07-01T08:00:00.000Z',
    ],
    ['a local time, in UTC by default', '2035-07-01T09:00', undefined, '2035-07-01T09:00:00.000Z'],
    [
      'an offset, whatever the timezone',
      '2035-07-01T09:00:00.250+02:00',
      'Asia/Tokyo',
      '2035-07-01T07:00:00.250Z',
    ],
  ])('reads runAt with %s', async (_, runAt, timezone, expected) => {
    const job = await createJob(service, { scheduleType: 'OneTime', runAt, timezone, intervalSeconds: null });
    expect(job).toMatchObject({ runAt: expected, nextRunAt: expected, intervalSeconds: null });
  });

  it('takes 6 cron fields', async () => {
    const cron = { scheduleType: 'Cron', scheduleExpression: '15 30 4 1 1 *', intervalSeconds: null };
    expect((await createJob(service, cron)).nextRunAt).toMatch(/-01-01T04:30:15\.000Z$/);
  });

  it('leaves a disabled job without a next run', async () => {
    expect(await createJob(service, { isEnabled: false })).toMatchObject({
      status: 'Disabled',
      isEnabled: false,
      nextRunAt: null,
    });
  });

  it('keeps one of equal tags', async () => {
    expect((await createJob(service, { tags: ['a', 'b', 'a'] })).tags).toEqual(['a', 'b']);
  });

  it('masks secrets wherever they stand', async () => {
    const { jobConfiguration } = await createJob(service, {
      jobConfiguration: {
        url: 'https://example.com/hook?api_key=k1&page=2',
        headers: { Authorization: 'Bearer b', cookie: 'c=1', 'X-Api-Key': 'x', Accept: 'text/plain' },
        body: { user: 'ann', login: { password: 'p', refresh_token: 't' } },
      },
    });
    expect(jobConfiguration).toMatchObject({
      url: 'https://example.com/hook?api_key=***&page=2',
      headers: { Authorization: '***', cookie: '***', 'X-Api-Key': '***', Accept: 'text/plain' },
      body: { user: 'ann', login: { password: '***', refresh_token: '***' } },
    });
  });
});

describe('refusing a job', () => {
  const cron = { scheduleType: 'Cron', scheduleExpression: '0 7 * * *', intervalSeconds: undefined };
  const once = { scheduleType: 'OneTime', runAt: '2035-07-01T09:00:00Z', intervalSeconds: undefined };
  const url = MINIMAL_JOB.jobConfiguration.url;

  it.each<[string, object]>([
    ['name', { name: undefined }],
    ['name', { name: null }],
    ['name', { name: '' }],
    ['name', { name: '   ' }],
    ['name', { name: 5 }],
    ['name', { name: 'x'.repeat(201) }],
    ['name', { name: 'a\u0000b' }],
    ['description', { description: 'x'.repeat(2001) }],
    ['jobType', { jobType: undefined }],
    ['jobType', { jobType: 'http-call' }],
    ['jobType', { jobType: 'AgentGoal' }],
    ['scheduleType', { scheduleType: undefined }],
    ['scheduleType', { scheduleType: 'Manual' }],
    ['scheduleExpression', { scheduleType: 'Cron', intervalSeconds: null }],
    ['scheduleExpression', { ...cron, scheduleExpression: null }],
    ['scheduleExpression', { ...cron, scheduleExpression: '' }],
    ['scheduleExpression', { ...cron, scheduleExpression: '0 7 * *' }],
    ['scheduleExpression', { ...cron, scheduleExpression: '0 25 * * *' }],
    ['scheduleExpression', { ...cron, scheduleExpression: '0 0 30 2 *' }],
    ['scheduleExpression', { ...cron, scheduleExpression: '2030-01-01T00:00:00' }],
    ['scheduleExpression', { scheduleExpression: '0 7 * * *' }],
    ['intervalSeconds', { intervalSeconds: undefined }],
    ['intervalSeconds', { intervalSeconds: 0 }],
    ['intervalSeconds', { intervalSeconds: 1.5 }],
    ['intervalSeconds', { intervalSeconds: '60' }],
    ['intervalSeconds', { intervalSeconds: 31_536_001 }],
    ['intervalSeconds', { ...cron, intervalSeconds: 60 }],
    ['anchorAt', { ...cron, anchorAt: '2030-01-01T00:00:00Z' }],
    ['anchorAt', { anchorAt: 'yesterday' }],
    ['runAt', { ...once, runAt: undefined }],
    ['runAt', { ...once, runAt: '2020-01-01T00:00:00Z' }],
    ['runAt', { ...once, runAt: '2035-02-30T00:00:00Z' }],
    ['runAt', { ...once, runAt: 'soon' }],
    ['runAt', { runAt: '2035-07-01T09:00:00Z' }],
    ['timezone', { timezone: 'Mars/Olympus' }],
    ['timezone', { timezone: '' }],
    ['timezone', { ...once, runAt: '2035-07-01T09:00:00', timezone: '+02:00' }],
    ['startAt', { startAt: '2030' }],
    ['endAt', { startAt: '2031-01-01T00:00:00Z', endAt: '2030-01-01T00:00:00Z' }],
    ['endAt', { endAt: '2020-01-01T00:00:00Z' }],
    ['jobConfiguration', { jobConfiguration: 'http://x/' }],
    ['jobConfiguration', { jobConfiguration: [] }],
    ['jobConfiguration.url', { jobConfiguration: undefined }],
    ['jobConfiguration.url', { jobConfiguration: {} }],
    ['jobConfiguration.url', { jobConfiguration: { url: 'ftp://x/' } }],
    ['jobConfiguration.method', { jobConfiguration: { url, method: 'FETCH' } }],
    ['jobConfiguration.verb', { jobConfiguration: { url, verb: 'GET' } }],
    ['jobConfiguration.headers.X-Api-Key', { jobConfiguration: { url, headers: { 'X-Api-Key': '***' } } }],
    ['retryPolicy', { retryPolicy: 3 }],
    ['retryPolicy.maxAttempts', { retryPolicy: {} }],
    ['retryPolicy.maxAttempts', { retryPolicy: { maxAttempts: 0 } }],
    ['retryPolicy.maxAttempts', { retryPolicy: { maxAttempts: 101 } }],
    ['retryPolicy.delaySeconds', { retryPolicy: { maxAttempts: 2, delaySeconds: 86_401 } }],
    ['retryPolicy.delaySeconds', { retryPolicy: { maxAttempts: 2, delaySeconds: -1 } }],
    ['retryPolicy.strategy', { retryPolicy: { maxAttempts: 2, strategy: 'random' } }],
    ['retryPolicy.delaysSeconds', { retryPolicy: { maxAttempts: 2, delaysSeconds: [1] } }],
    ['retryPolicy.delaysSeconds', { retryPolicy: { maxAttempts: 2, strategy: 'custom' } }],
    [
      'retryPolicy.delaysSeconds',
      { retryPolicy: { maxAttempts: 2, strategy: 'custom', delaysSeconds: [1, 2, 3, 4, 5, 6] } },
    ],
    [
      'retryPolicy.delaysSeconds.0',
      { retryPolicy: { maxAttempts: 2, strategy: 'custom', delaysSeconds: [9], maxDelaySeconds: 5 } },
    ],
    ['retryPolicy.delaySeconds', { retryPolicy: { maxAttempts: 3, delaySeconds: 10, maxDelaySeconds: 5 } }],
    ['retryPolicy.delaySeconds', { retryPolicy: { maxAttempts: 3, strategy: 'exponential' } }],
    ['retryPolicy.delaySeconds', { retryPolicy: { maxAttempts: 3, strategy: 'linear', delaySeconds: 0 } }],
    ['retryPolicy.jitter', { retryPolicy: { maxAttempts: 2, jitter: 1.1 } }],
    [
      'retryPolicy.jitter',
      { retryPolicy: { maxAttempts: 2, strategy: 'custom', delaysSeconds: [1], jitter: 0.1 } },
    ],
    ['retryPolicy.attempts', { retryPolicy: { maxAttempts: 2, attempts: 2 } }],
    ['timeoutSeconds', { timeoutSeconds: 0 }],
    ['timeoutSeconds', { timeoutSeconds: 86_401 }],
    ['timeoutSeconds', { timeoutSeconds: '120' }],
    ['isEnabled', { isEnabled: 'yes' }],
    ['tags', { tags: 'billing' }],
    ['tags', { tags: Array.from({ length: 21 }, (_, i) => `${i}`) }],
    ['tags.1', { tags: ['a', 'x'.repeat(101)] }],
    ['tags.0', { tags: [''] }],
    ['createdBy', { createdBy: 'x'.repeat(256) }],
    ['jitterSeconds', { jitterSeconds: -1 }],
    ['misfirePolicy', { misfirePolicy: 'FireOnce' }],
    ['misfireGraceSeconds', { misfireGraceSeconds: 31_536_001 }],
    ['catchupWindowSeconds', { catchupWindowSeconds: -1 }],
    ['maxCatchupRuns', { maxCatchupRuns: 10_001 }],
    ['overlapPolicy', { overlapPolicy: 'none' }],
    ['pauseAfterFailures', { pauseAfterFailures: 0 }],
    ['priority', { priority: 11 }],
    ['maxConcurrency', { maxConcurrency: 0 }],
    ['rateLimit.windowSeconds', { rateLimit: { max: 1 } }],
    ['rateLimitKeys.0.name', { rateLimitKeys: [{ name: '', max: 1, windowSeconds: 1 }] }],
    ['executionWindow', { executionWindow: '0 0 9 * * *' }],
    ['versionPolicy', { versionPolicy: 'newest' }],
    ['scheduleExpresion', { scheduleExpresion: '* * * * *' }],
  ])('names %s in %j', async (field, change) => {
    const answer = await service.call('POST', JOBS, { ...MINIMAL_JOB, ...change });
    expect({ ...answer, fields: fieldsAtFault(answer) }).toMatchObject({
      fields: [field],
      body: { code: 'validation_failed', status: 400, instance: JOBS },
    });
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
  });

  it('says that a configuration lacks its URL', async () => {
    const answer = await service.call('POST', JOBS, { ...MINIMAL_JOB, jobConfiguration: {} });
    expect(answer.body.errors).toEqual({ 'jobConfiguration.url': ['is required'] });
  });

  it('names all fields at once, by their names in this API', async () => {
    const faulty = {
      ...MINIMAL_JOB,
      timezone: 'Nowhere',
      intervalSeconds: 60,
      jobConfiguration: { url: 'nope' },
    };
    expect(fieldsAtFault(await service.call('POST', JOBS, faulty)).sort()).toEqual([
      'jobConfiguration.url',
      'timezone',
    ]);
  });

  it.each([[[]], ['text'], [7], [null], [[MINIMAL_JOB]]])('refuses the body %j', async (body) => {
    expect((await service.call('POST', JOBS, body)).status).toBe(400);
  });

  it('stores nothing of what it refuses', async () => {
    await service.call('POST', JOBS, { ...MINIMAL_JOB, name: 'refused', tags: ['refused'], priority: 11 });
    expect((await service.call('GET', `${JOBS}?tag=refused`)).body.totalCount).toBe(0);
  });
});
