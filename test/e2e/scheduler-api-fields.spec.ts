import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { type DocumentedType, isOfType } from '../support/documented-types.js';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, JOBS, UNKNOWN_ID } from '../support/scheduler-api.js';
import { type Answer, startService, type TestService } from '../support/service.js';

const API = '/api/v1/scheduler';
/** Stands in every secret place of the jobs of this file. */
const SECRET = 'never-to-be-shown';

type Fields = Record<string, unknown>;

let service: TestService;
let endpoint: CountingEndpoint;
/** Every answer that holds a job, an execution, a page or figures, by the endpoint that gave it. */
const answers = new Map<string, Answer>();
const jobs: Fields[] = [];
const executions: Fields[] = [];

/** Calls an endpoint and keeps its answer under its name. */
async function ask(name: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await service.call(method, path, body);
  if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
  answers.set(name, answer);
  return answer;
}

async function askForJob(name: string, method: string, path: string, body?: unknown): Promise<Fields> {
  const job = (await ask(name, method, path, body)).body as Fields;
  jobs.push(job);
  return job;
}

const ended = (id: string): Promise<Answer> =>
  eventually(
    () => service.call('GET', `${EXECUTIONS}/${id}`),
    ({ body }) => body.completedAt !== null,
  );

beforeAll(async () => {
  endpoint = await startCountingEndpoint();
  service = await startService();
  const jobConfiguration = {
    url: `${endpoint.url}/ok?access_token=${SECRET}`,
    method: 'POST',
    headers: { 'X-Api-Key': SECRET, Authorization: `Bearer ${SECRET}` },
    body: { password: SECRET },
  };
  const cron = await askForJob('createJob', 'POST', JOBS, {
    name: 'of every field',
    description: 'described',
    jobType: 'HttpCall',
    scheduleType: 'Cron',
    scheduleExpression: '0 7 * * 1-5',
    jobConfiguration: { ...jobConfiguration, expectedStatuses: [418] },
    retryPolicy: { maxAttempts: 2, delaySeconds: 0 },
    tags: ['a'],
    createdBy: 'ops-team',
    startAt: '2030-01-01T00:00:00Z',
    endAt: '2040-01-01T00:00:00Z',
    pauseAfterFailures: 50,
    maxConcurrency: 5,
    maxConcurrencyPerKey: 2,
    rateLimit: { max: 100, windowSeconds: 60 },
    executionWindow: '* * * * *',
  });
  const path = `${JOBS}/${String(cron.id)}`;
  const interval = await createJob(service, { name: 'interval', jobConfiguration });
  const once = { scheduleType: 'OneTime', intervalSeconds: null, runAt: '2035-01-01T00:00:00Z' };
  jobs.push(
    interval,
    await createJob(service, { ...once, name: 'once', isEnabled: false, jobConfiguration }),
  );
  await ask('setJobExclusions', 'POST', `${path}/exclusions`, { excludedDates: ['2030-12-25'] });
  await ask('setJobDependencies', 'POST', `${path}/dependencies`, {
    dependsOnJobIds: [interval.id],
    condition: 'AllSucceeded',
  });
  await askForJob('updateJob', 'PUT', path, { jobConfiguration: cron.jobConfiguration, priority: 1 });
  const later = { scheduleType: 'Interval', intervalSeconds: 60, effectiveFrom: '2035-01-01T00:00:00Z' };
  await askForJob('rescheduleJob', 'PATCH', `${path}/reschedule`, later);
  await askForJob('pauseJob', 'POST', `${path}/pause`);
  await askForJob('resumeJob', 'POST', `${path}/resume`);

  const triggered = await ask('triggerJob', 'POST', `${JOBS}/${interval.id}/trigger`);
  const done = (await ended(triggered.body as string)).body as Fields;
  const waiting = (await service.call('POST', `${JOBS}/${String(cron.id)}/trigger`)).body as string;
  await ask('deleteJobDependencies', 'DELETE', `${path}/dependencies`);
  await ended(waiting);
  const failed = (await ask('getExecution', 'GET', `${EXECUTIONS}/${waiting}`)).body as Fields;
  const retried = await ask('retryExecution', 'POST', `${EXECUTIONS}/${waiting}/retry`);
  await ended(retried.body as string);
  const slow = await createJob(service, {
    jobConfiguration: { url: `${endpoint.url}/slow` },
    maxConcurrency: 1,
  });
  const running = (await service.call('POST', `${JOBS}/${slow.id}/trigger`)).body as string;
  await eventually(
    () => service.call('GET', `${EXECUTIONS}/${running}`),
    ({ body }) => body.status === 'Running',
  );
  const held = (await service.call('POST', `${JOBS}/${slow.id}/trigger`)).body as string;
  const list = await ask('listJobExecutions', 'GET', `${JOBS}/${slow.id}/executions`);
  executions.push(done, failed, (await ended(retried.body as string)).body as Fields);
  executions.push(...(list.body as { items: Fields[] }).items);
  executions.push((await service.call('GET', `${EXECUTIONS}/${held}`)).body as Fields);
  const cancelled = (await ask('cancelExecution', 'POST', `${EXECUTIONS}/${held}/cancel`)).body as Fields;
  executions.push(cancelled);
  await service.call('POST', `${EXECUTIONS}/${running}/cancel`);
  await ended(running);
  const each = await createJob(service, { intervalSeconds: 1, jobConfiguration: { url: endpoint.url } });
  const scheduled = await eventually(
    () => service.call('GET', `${JOBS}/${each.id}/executions?status=Succeeded`),
    ({ body }) => body.totalCount > 0,
  );
  executions.push(...(scheduled.body as { items: Fields[] }).items);
  await service.call('DELETE', `${JOBS}/${each.id}`);

  await askForJob('getJob', 'GET', path);
  jobs.push(...((await ask('listJobs', 'GET', JOBS)).body as { items: Fields[] }).items);
  jobs.push(...((await ask('listFailingJobs', 'GET', `${JOBS}/failed?threshold=1`)).body as Fields[]));
  await ask('getJobExclusions', 'GET', `${path}/exclusions`);
  await ask('getJobDependencies', 'GET', `${path}/dependencies`);
  await ask('listExecutionAttempts', 'GET', `${EXECUTIONS}/${waiting}/attempts`);
  await ask('getDashboardStats', 'GET', `${API}/dashboard/stats`);
  await ask('getExecutionTimeline', 'GET', `${API}/executions/timeline`);
  await ask('exportJobs', 'GET', `${API}/admin/export`);
  await ask('pauseAllJobs', 'POST', `${API}/admin/pause-all`);
  await ask('resumeAllJobs', 'POST', `${API}/admin/resume-all`);
  await ask('clearExecutionLogs', 'DELETE', `${API}/admin/clear-logs`, { olderThanDays: 60 });
  await ask('importJobs', 'POST', `${API}/admin/import`, { jsonPayload: '{"jobs":[]}' });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await endpoint.close();
});

/** Checks a field of many values: always there, always of its type; one that may be null once is and once is not. */
function checkField(values: readonly Fields[], field: string, type: DocumentedType): void {
  const found = values.map((value) => value[field]);
  expect(found.filter((value) => !isOfType(type, value))).toEqual([]);
  expect(found.some((value) => value !== null)).toBe(true);
  expect(found.some((value) => value === null)).toBe(type.endsWith('?'));
}

describe('JobDto', () => {
  it.each<[string, DocumentedType]>([
    ['id', 'guid'],
    ['name', 'string'],
    ['description', 'string?'],
    ['jobType', 'string'],
    ['scheduleType', 'string'],
    ['scheduleExpression', 'string?'],
    ['intervalSeconds', 'integer?'],
    ['runAt', 'datetime?'],
    ['jobConfiguration', 'object'],
    ['retryPolicy', 'object'],
    ['timeoutSeconds', 'integer'],
    ['timezone', 'string'],
    ['isEnabled', 'boolean'],
    ['tags', 'string[]'],
    ['createdBy', 'string'],
    ['status', 'string'],
    ['nextRunAt', 'datetime?'],
    ['lastRunAt', 'datetime?'],
    ['createdAt', 'datetime'],
    ['updatedAt', 'datetime'],
    ['exclusions', 'object?'],
    ['dependencies', 'object?'],
    ['consecutiveFailures', 'integer'],
  ])('has %s, of the type %s, in every answer', (field, type) => {
    checkField(jobs, field, type);
  });

  it('has the same fields in every answer', () => {
    const fields = Object.keys(jobs[0] ?? {}).sort();
    for (const job of jobs) expect(Object.keys(job).sort()).toEqual(fields);
  });

  it('has a retry policy with maxAttempts and delaySeconds', () => {
    for (const { retryPolicy } of jobs) {
      expect(isOfType('integer', (retryPolicy as Fields).maxAttempts)).toBe(true);
      expect(isOfType('integer', (retryPolicy as Fields).delaySeconds)).toBe(true);
    }
  });
});

describe('JobExecutionDto', () => {
  it.each<[string, DocumentedType]>([
    ['id', 'guid'],
    ['jobId', 'guid'],
    ['jobName', 'string'],
    ['status', 'string'],
    ['startedAt', 'datetime?'],
    ['completedAt', 'datetime?'],
    ['duration', 'timespan?'],
    ['durationMs', 'integer?'],
    ['retryCount', 'integer'],
    ['retryParentId', 'guid?'],
    ['trigger', 'string'],
    ['scheduledFor', 'datetime?'],
    ['output', 'string?'],
    ['errorMessage', 'string?'],
    ['createdAt', 'datetime'],
  ])('has %s, of the type %s, in every answer', (field, type) => {
    checkField(executions, field, type);
  });

  it('has the same fields in every answer', () => {
    const fields = Object.keys(executions[0] ?? {}).sort();
    for (const execution of executions) expect(Object.keys(execution).sort()).toEqual(fields);
  });

  it('has each documented status', () => {
    const statuses = new Set(executions.map(({ status }) => status));
    expect([...statuses].sort()).toEqual(['Cancelled', 'Failed', 'Pending', 'Running', 'Succeeded']);
  });

  it('has a duration that is the time from start to end', () => {
    const [done = {}] = executions;
    const milliseconds = Date.parse(String(done.completedAt)) - Date.parse(String(done.startedAt));
    const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d\.\d+)$/.exec(String(done.duration)) ?? [];
    expect(Math.round((Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000)).toBe(
      milliseconds,
    );
    expect(done.durationMs).toBe(milliseconds);
  });
});

describe('PagedResponseDto', () => {
  it.each(['listJobs', 'listJobExecutions'])('is {items, totalCount, pageNumber, pageSize} (%s)', (name) => {
    const page = answers.get(name)?.body as Fields;
    expect(Object.keys(page).sort()).toEqual(['items', 'pageNumber', 'pageSize', 'totalCount']);
    checkField([page], 'items', 'object[]');
    for (const field of ['totalCount', 'pageNumber', 'pageSize']) checkField([page], field, 'integer');
  });
});

describe('DashboardStatsDto', () => {
  it.each<[string, DocumentedType]>([
    ['totalJobs', 'integer'],
    ['enabledJobs', 'integer'],
    ['successRate', 'number'],
    ['upcomingExecutions', 'integer'],
    ['recentFailures', 'integer'],
    ['recentFailureCount', 'integer'],
  ])('has %s, of the type %s', (field, type) => {
    checkField([answers.get('getDashboardStats')?.body as Fields], field, type);
  });
});

describe('TimelinePointDto', () => {
  it.each<[string, DocumentedType]>([
    ['timestamp', 'datetime'],
    ['succeeded', 'integer'],
    ['failed', 'integer'],
    ['running', 'integer'],
  ])('has %s, of the type %s', (field, type) => {
    checkField(answers.get('getExecutionTimeline')?.body as Fields[], field, type);
  });

  it('has no further fields', () => {
    const [point = {}] = answers.get('getExecutionTimeline')?.body as Fields[];
    expect(Object.keys(point).sort()).toEqual(['failed', 'running', 'succeeded', 'timestamp']);
  });
});

describe('answers', () => {
  it.each([
    ['createJob', 201],
    ['listJobs', 200],
    ['getJob', 200],
    ['updateJob', 200],
    ['rescheduleJob', 200],
    ['pauseJob', 200],
    ['resumeJob', 200],
    ['triggerJob', 202],
    ['setJobExclusions', 200],
    ['setJobDependencies', 200],
    ['listFailingJobs', 200],
    ['listJobExecutions', 200],
    ['getExecution', 200],
    ['cancelExecution', 200],
    ['retryExecution', 202],
    ['getDashboardStats', 200],
    ['getExecutionTimeline', 200],
    ['pauseAllJobs', 200],
    ['resumeAllJobs', 200],
    ['clearExecutionLogs', 200],
    ['exportJobs', 200],
    ['importJobs', 200],
  ])('%s succeeds with %d and JSON', (name, status) => {
    const answer = answers.get(name);
    expect(answer?.status).toBe(status);
    expect(answer?.headers.get('content-type')).toMatch(/^application\/json(;|$)/);
  });

  it.each(['triggerJob', 'retryExecution'])('%s is the id as a JSON string, with its Location', (name) => {
    const answer = answers.get(name);
    expect(isOfType('guid', answer?.body)).toBe(true);
    expect(answer?.headers.get('location')).toBe(`${EXECUTIONS}/${answer?.body}`);
  });

  it.each(['clearExecutionLogs', 'importJobs'])('%s is a JSON integer', (name) => {
    expect(answers.get(name)?.body).toBe(0);
  });

  it('show no secret, whichever endpoint gives them', () => {
    const leaks = [...answers].filter(([, { body }]) => JSON.stringify(body).includes(SECRET));
    expect(leaks.map(([name]) => name)).toEqual([]);
    const shown = [...answers].filter(([, { body }]) => JSON.stringify(body).includes('"X-Api-Key":"***"'));
    const names = ['createJob', 'updateJob', 'rescheduleJob', 'pauseJob', 'resumeJob', 'getJob', 'listJobs'];
    expect(shown.map(([name]) => name)).toEqual([...names, 'listFailingJobs', 'exportJobs']);
  });
});

describe('ProblemDetails', () => {
  it.each([
    ['GET', `${JOBS}/${UNKNOWN_ID}`, undefined, 404, 'job_not_found'],
    ['GET', `${JOBS}/${UNKNOWN_ID}/executions`, undefined, 404, 'job_not_found'],
    ['GET', `${EXECUTIONS}/${UNKNOWN_ID}`, undefined, 404, 'execution_not_found'],
    ['POST', JOBS, {}, 400, 'validation_failed'],
    ['PUT', `${JOBS}/${UNKNOWN_ID}`, {}, 400, 'job_not_found'],
    ['DELETE', `${JOBS}/${UNKNOWN_ID}`, undefined, 400, 'job_not_found'],
    ['PATCH', `${JOBS}/${UNKNOWN_ID}/reschedule`, {}, 400, 'validation_failed'],
    ['POST', `${JOBS}/${UNKNOWN_ID}/pause`, undefined, 400, 'job_not_found'],
    ['POST', `${JOBS}/${UNKNOWN_ID}/resume`, undefined, 400, 'job_not_found'],
    ['POST', `${JOBS}/${UNKNOWN_ID}/trigger`, undefined, 400, 'job_not_found'],
    ['POST', `${JOBS}/${UNKNOWN_ID}/exclusions`, {}, 400, 'job_not_found'],
    ['POST', `${JOBS}/${UNKNOWN_ID}/dependencies`, {}, 400, 'validation_failed'],
    ['POST', `${EXECUTIONS}/${UNKNOWN_ID}/cancel`, undefined, 404, 'execution_not_found'],
    ['POST', `${EXECUTIONS}/${UNKNOWN_ID}/retry`, undefined, 400, 'execution_not_found'],
  ])('are the answer to a bad %s %s (%j): %d %s', async (method, path, body, status, code) => {
    const answer = await service.call(method, path, body);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect({ ...answer, body: { ...answer.body, errors: undefined } }).toMatchObject({
      status,
      body: {
        type: `urn:carillon:error:${code}`,
        title: status === 404 ? 'Not Found' : 'Bad Request',
        status,
        detail: expect.any(String),
        instance: path,
        code,
        traceId: answer.headers.get('x-request-id'),
      },
    });
    const messages = Object.values((answer.body as { errors?: Record<string, string[]> }).errors ?? {});
    expect(messages.every((message) => isOfType('string[]', message))).toBe(true);
    expect(messages.length > 0).toBe(code === 'validation_failed');
  });
});
