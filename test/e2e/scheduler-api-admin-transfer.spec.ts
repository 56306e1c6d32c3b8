import { createJob, fieldsAtFault, JOBS, MINIMAL_JOB, startApi } from '../support/scheduler-api.js';
import type { Answer, TestService } from '../support/service.js';

const ADMIN = '/api/v1/scheduler/admin';

type Exported = Record<string, unknown> & { id: string; name: string };

let source: TestService;
let target: TestService;

beforeAll(async () => {
  [source, target] = await Promise.all([startApi(), startApi()]);
});
afterAll(() => Promise.all([source.stop(), target.stop()]));

async function exported(service: TestService): Promise<Exported[]> {
  const answer = await service.call('GET', `${ADMIN}/export`);
  expect(answer.status).toBe(200);
  return (answer.body as { jobs: Exported[] }).jobs;
}

const importing = (service: TestService, jobs: unknown, mode?: string): Promise<Answer> =>
  service.call('POST', `${ADMIN}/import`, { jsonPayload: JSON.stringify({ jobs }), mode });
const total = async (service: TestService): Promise<number> =>
  (await service.call('GET', JOBS)).body.totalCount as number;
const withoutIds = (jobs: Exported[]): object[] =>
  jobs.map(({ id: _id, ...job }) => job).sort((a, b) => String(a.name).localeCompare(String(b.name)));

describe('exporting jobs', () => {
  it('answers an attachment scheduler-jobs-export.json of type application/json', async () => {
    const { headers } = await source.call('GET', `${ADMIN}/export`);
    expect(headers.get('content-disposition')).toBe('attachment; filename="scheduler-jobs-export.json"');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('has no secret in clear', async () => {
    const { id } = await createJob(source, {
      jobConfiguration: { url: 'http://127.0.0.1:9/', headers: { 'X-Api-Key': 'hush-hush' } },
    });
    const answer = await source.call('GET', `${ADMIN}/export`);
    expect(JSON.stringify(answer.body)).toContain(id);
    expect(JSON.stringify(answer.body)).not.toContain('hush-hush');
    await source.call('DELETE', `${JOBS}/${id}`);
  });
});

describe('importing jobs', () => {
  it('gives equal definitions after a round trip', async () => {
    const cron = { scheduleType: 'Cron', scheduleExpression: '0 7 * * 1-5', intervalSeconds: undefined };
    await createJob(source, {
      ...cron,
      name: 'cron',
      timezone: 'Europe/London',
      tags: ['a', 'b'],
      startAt: '2031-01-01T00:00:00Z',
    });
    await createJob(source, {
      name: 'interval',
      priority: 5,
      maxConcurrency: 2,
      overlapPolicy: 'skip',
      retryPolicy: { maxAttempts: 3, delaySeconds: 5 },
    });
    await createJob(source, {
      name: 'off',
      isEnabled: false,
      description: 'disabled',
      createdBy: 'somebody',
    });
    const once = { scheduleType: 'OneTime', runAt: '2031-03-01T09:00:00Z', intervalSeconds: undefined };
    const { id } = await createJob(source, { ...once, name: 'paused' });
    await source.call('POST', `${JOBS}/${id}/pause`);
    const changed = await createJob(source, { name: 'changes later' });
    await source.call('PATCH', `${JOBS}/${changed.id}/reschedule`, {
      scheduleType: 'Cron',
      scheduleExpression: '0 9 * * *',
      effectiveFrom: '2031-01-01T00:00:00Z',
    });
    await source.call('PUT', `${JOBS}/${changed.id}/exclusions`, { excludedDaysOfWeek: ['Sunday'] });
    const before = await exported(source);
    const answer = await importing(target, before);
    expect(answer.status).toBe(200);
    expect(answer.body).toBe(before.length);
    expect(withoutIds(await exported(target))).toEqual(withoutIds(before));
  });

  it('creates, by default, new jobs whatever exists', async () => {
    const before = await total(target);
    const entry = { ...MINIMAL_JOB, name: 'twice' };
    expect((await importing(target, [entry, entry])).body).toBe(2);
    expect(await total(target)).toBe(before + 2);
  });

  it('takes all or nothing, and names the entry and the field at fault', async () => {
    const before = await total(target);
    const answer = await importing(target, [
      MINIMAL_JOB,
      { ...MINIMAL_JOB, name: '' },
      { ...MINIMAL_JOB, scheduleType: 'Cron', intervalSeconds: undefined, scheduleExpression: '61 * * * *' },
      { ...MINIMAL_JOB, jobConfiguration: { url: 'nowhere' } },
      { ...MINIMAL_JOB, nam: 'x' },
    ]);
    expect(fieldsAtFault(answer)).toEqual(expect.arrayContaining(['jobs.1.name', 'jobs.4.nam']));
    expect(await total(target)).toBe(before);
  });

  it.each([
    [
      'the schedule',
      { scheduleType: 'Cron', intervalSeconds: undefined, scheduleExpression: '61 * * * *' },
      'scheduleExpression',
    ],
    ['the configuration', { jobConfiguration: { url: 'nowhere' } }, 'jobConfiguration.url'],
    [
      'a masked secret',
      { jobConfiguration: { url: 'http://127.0.0.1:9/', headers: { 'X-Api-Key': '***' } } },
      'jobConfiguration.headers.X-Api-Key',
    ],
  ])('names %s under its entry', async (_what, change, field) => {
    const answer = await importing(target, [MINIMAL_JOB, { ...MINIMAL_JOB, ...change }]);
    expect(fieldsAtFault(answer)).toEqual([`jobs.1.${field}`]);
  });

  it.each([
    ['not JSON', '{'],
    ['no list of jobs', '{"jobs":1}'],
    ['a number', '1'],
  ])('refuses %s', async (_what, jsonPayload) => {
    const answer = await target.call('POST', `${ADMIN}/import`, { jsonPayload });
    expect(fieldsAtFault(answer)).toEqual(['jsonPayload']);
  });

  it('takes a body of more than 1 MiB', async () => {
    const jobs = [
      { ...MINIMAL_JOB, name: '' },
      ...Array.from({ length: 1_200 }, () => ({ description: 'x'.repeat(1_000) })),
    ];
    const answer = await importing(target, jobs);
    expect(answer.status).toBe(400);
    expect(fieldsAtFault(answer)).toContain('jobs.0.name');
  });

  it('brings a one-time job whose instant has passed in as Completed', async () => {
    const gone = {
      ...MINIMAL_JOB,
      name: 'gone',
      scheduleType: 'OneTime',
      intervalSeconds: undefined,
      runAt: '2020-01-01T00:00:00Z',
    };
    expect((await importing(target, [gone])).body).toBe(1);
    const list = await target.call('GET', `${JOBS}?search=gone`);
    expect(list.body.items).toMatchObject([{ status: 'Completed', nextRunAt: null }]);
  });

  describe('with mode upsert', () => {
    it('changes the job of the id, keeps its secrets, and leaves equal ones alone', async () => {
      const secret = { url: 'http://127.0.0.1:9/', headers: { 'X-Api-Key': 'hush' } };
      const { id } = await createJob(target, { name: 'before', jobConfiguration: secret });
      const entry = (await exported(target)).find((job) => job.id === id);
      expect((await importing(target, [entry], 'upsert')).body).toBe(0);
      expect((await importing(target, [{ ...entry, name: 'after' }], 'upsert')).body).toBe(1);
      const job = await target.call('GET', `${JOBS}/${id}`);
      expect(job.body).toMatchObject({ name: 'after', version: 2 });
    });

    it('creates a job of the id where there is none, so that it can be repeated', async () => {
      const [entry] = await exported(source);
      expect((await importing(target, [entry], 'upsert')).body).toBe(1);
      expect((await target.call('GET', `${JOBS}/${entry?.id}`)).status).toBe(200);
      expect((await importing(target, [entry], 'upsert')).body).toBe(0);
    });
  });

  it('with mode plan says what upsert would do and does nothing', async () => {
    const { id } = await createJob(target, { name: 'planned' });
    const entry = (await exported(target)).find((job) => job.id === id);
    const before = await total(target);
    const answer = await importing(target, [entry, { ...MINIMAL_JOB, name: 'new' }], 'plan');
    expect(answer.body).toEqual({
      created: [{ index: 1, id: null, name: 'new' }],
      changed: [],
      unchanged: [{ index: 0, id, name: 'planned' }],
    });
    const renamed = await importing(target, [{ ...entry, name: 'renamed' }], 'plan');
    expect(renamed.body.changed).toEqual([{ index: 0, id, name: 'renamed' }]);
    expect(await total(target)).toBe(before);
  });
});

describe('the policy AdminOnly', () => {
  it.each([
    ['GET', 'export'],
    ['POST', 'import'],
  ])('keeps operators from %s %s', async (method, path) => {
    const body = method === 'POST' ? { jsonPayload: '[]' } : undefined;
    const answer = await source.call(method, `${ADMIN}/${path}`, body, { token: source.token('operator') });
    expect(answer.status).toBe(403);
  });
});
