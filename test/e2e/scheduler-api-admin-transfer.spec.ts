import {
  createJob,
  fieldsAtFault,
  JOBS,
  MINIMAL_JOB,
  startApi,
  UNKNOWN_ID,
} from '../support/scheduler-api.js';
import type { Answer, TestService } from '../support/service.js';

const ADMIN = '/api/v1/scheduler/admin';

type Waits = { dependsOnJobIds: string[]; condition: string } | null;
type Exported = Record<string, unknown> & { id: string; name: string; dependencies: Waits };

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
/** Sets what a job waits for, which must be taken. */
async function depends(service: TestService, id: string, on: string[], condition = 'AllSucceeded') {
  const { status, body } = await service.call('POST', `${JOBS}/${id}/dependencies`, {
    dependsOnJobIds: on,
    condition,
  });
  expect({ status, body }).toMatchObject({ status: 200 });
}

/** Jobs of which each waits for the one before, as an export has them. */
async function chain(service: TestService, ...names: string[]): Promise<Exported[]> {
  const ids: string[] = [];
  for (const name of names) {
    const { id } = await createJob(service, { name });
    const before = ids.at(-1);
    if (before !== undefined) await depends(service, id, [before]);
    ids.push(id);
  }
  const jobs = new Map((await exported(service)).map((job) => [job.id, job]));
  return ids.flatMap((id) => jobs.get(id) ?? []);
}

const waitsFor = (job: Exported | undefined): Waits =>
  job ? { dependsOnJobIds: [job.id], condition: 'AllSucceeded' } : null;

const total = async (service: TestService): Promise<number> =>
  (await service.call('GET', JOBS)).body.totalCount as number;

/** Exported jobs with names in the place of ids. */
function byName(jobs: Exported[]): object[] {
  const names = new Map(jobs.map(({ id, name }) => [id, name]));
  const named = (waits: Waits) => waits && { ...waits, on: waits.dependsOnJobIds.map((id) => names.get(id)) };
  return jobs
    .map(({ id: _id, dependencies, ...job }) => ({
      ...job,
      dependencies: named(dependencies) && { ...named(dependencies), dependsOnJobIds: undefined },
    }))
    .sort((a, b) => String(a.name).localeCompare(String(b.name)));
}

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
      maxConcurrencyPerKey: 1,
      rateLimit: { max: 100, windowSeconds: 60 },
      rateLimitKeys: [{ name: 'tenant', max: 10, windowSeconds: 3_600 }],
      executionWindow: '* 9-17 * * 1-5',
      versionPolicy: 'minor',
      backwardsCompatible: false,
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
    const exclusions = { excludedDaysOfWeek: ['Sunday'] };
    expect(await source.call('POST', `${JOBS}/${changed.id}/exclusions`, exclusions)).toMatchObject({
      status: 200,
    });
    await depends(source, id, [changed.id], 'AnySucceeded');
    const before = await exported(source);
    const answer = await importing(target, before);
    expect(answer.status).toBe(200);
    expect(answer.body).toBe(before.length);
    const after = byName(await exported(target));
    expect(after).toEqual(byName(before));
    expect(after).toContainEqual(
      expect.objectContaining({ dependencies: { on: ['changes later'], condition: 'AnySucceeded' } }),
    );
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
    [
      'a part of the day',
      { exclusions: { timeRange: { start: '25:00', end: '06:00' } } },
      'exclusions.timeRange.start',
    ],
    ['a date', { exclusions: { excludedDates: ['2030-12-25', '2025-02-30'] } }, 'exclusions.excludedDates.1'],
    ['a day', { exclusions: { excludedDaysOfWeek: ['Someday'] } }, 'exclusions.excludedDaysOfWeek.0'],
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

  it('refuses what it does not know beside the list', async () => {
    const jsonPayload = JSON.stringify({ exportedAt: '2030-01-04T09:15:00Z', jobs: [], bogus: 1 });
    const answer = await target.call('POST', `${ADMIN}/import`, { jsonPayload });
    expect(fieldsAtFault(answer)).toEqual(['bogus']);
  });

  it('takes the longest names that a token and a job can have', async () => {
    const [subject, project] = ['s'.repeat(255), 'p'.repeat(200)];
    const token = source.token('operator', { subject, projects: [project] });
    const { id } = await createJob(source, { name: 'of a long name' }, { token });
    const entry = (await exported(source)).find((job) => job.id === id);
    expect(entry).toMatchObject({ createdBy: subject, projectId: project });
    expect((await importing(target, [entry], 'upsert')).body).toBe(1);
    const brought = (await exported(target)).find((job) => job.id === id);
    expect(brought).toMatchObject({ createdBy: subject, projectId: project });
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

describe('importing what jobs wait for', () => {
  it('lets copies wait for copies, also for those further down the file', async () => {
    const [first, second] = await chain(target, 'original 1', 'original 2');
    const copies = [
      { ...second, name: 'copy 2' },
      { ...first, name: 'copy 1' },
    ];
    expect((await importing(target, copies)).body).toBe(2);
    const all = await exported(target);
    const copy = all.find(({ name }) => name === 'copy 1');
    expect(all.find(({ name }) => name === 'copy 2')?.dependencies).toEqual(waitsFor(copy));
  });

  it('lets a job wait for one that exists and is not in the file', async () => {
    const [, last] = await chain(target, 'stays', 'is copied');
    expect((await importing(target, [{ ...last, name: 'copied' }])).body).toBe(1);
    const copied = (await exported(target)).find(({ name }) => name === 'copied');
    expect(copied?.dependencies).toEqual(last?.dependencies);
  });

  it('turns dependencies round with upsert, which plan foretells', async () => {
    const [a, b, c] = await chain(target, 'a', 'b', 'c');
    const turned = [
      { ...a, dependencies: waitsFor(b) },
      { ...b, dependencies: null },
      { ...c, dependencies: c?.dependencies },
    ];
    const plan = await importing(target, turned, 'plan');
    const names = (key: string) => (plan.body[key] as { name: string }[]).map(({ name }) => name);
    expect([names('changed'), names('unchanged')]).toEqual([['a', 'b'], ['c']]);
    expect((await target.call('GET', `${JOBS}/${a?.id}`)).body.dependencies).toBeNull();
    expect((await importing(target, turned, 'upsert')).body).toBe(2);
    expect((await target.call('GET', `${JOBS}/${a?.id}`)).body.dependencies).toEqual(waitsFor(b));
    expect((await target.call('GET', `${JOBS}/${b?.id}`)).body.dependencies).toBeNull();
  });

  it('keeps which end of each prerequisite counts', async () => {
    const [a, b] = await chain(target, 'counts', 'is counted');
    const dependencies = { ...waitsFor(a), outcomes: ['failed'] };
    expect((await importing(target, [{ ...b, dependencies }], 'upsert')).body).toBe(1);
    const entry = (await exported(target)).find(({ id }) => id === b?.id);
    expect(entry?.dependencies).toEqual(dependencies);
    expect((await importing(target, [entry], 'upsert')).body).toBe(0);
  });

  it.each(['create', 'upsert', 'plan'])('refuses a cycle and prints it (%s)', async (mode) => {
    const [a, b, c] = await chain(target, 'round 1', 'round 2', 'round 3');
    const before = await total(target);
    const answer = await importing(target, [{ ...a, dependencies: waitsFor(c) }, b, c], mode);
    expect(fieldsAtFault(answer)).toEqual(['jobs.0.dependencies.dependsOnJobIds']);
    expect(answer.body).toMatchObject({ code: 'dependency_cycle' });
    expect(answer.body.detail).toMatch(/"round 1" .* → "round 3" .* → "round 2" .* → "round 1"/);
    expect(await total(target)).toBe(before);
  });

  it('refuses a cycle over jobs that are not in the file', async () => {
    const [a, , c] = await chain(target, 'far 1', 'far 2', 'far 3');
    const answer = await importing(target, [{ ...a, dependencies: waitsFor(c) }], 'upsert');
    expect(answer.body).toMatchObject({ code: 'dependency_cycle' });
  });

  it('names a prerequisite that is nowhere, and one that stands in the file twice', async () => {
    const [a, b] = await chain(target, 'twofold', 'waits');
    const nowhere = { dependsOnJobIds: [UNKNOWN_ID], condition: 'AllSucceeded' };
    const answer = await importing(target, [a, a, b, { ...b, dependencies: nowhere }]);
    const field = 'dependencies.dependsOnJobIds.0';
    expect(fieldsAtFault(answer)).toEqual([`jobs.2.${field}`, `jobs.3.${field}`]);
  });

  it('refuses outcomes that do not match the prerequisites', async () => {
    const [a, b] = await chain(target, 'one', 'too many');
    const dependencies = { ...waitsFor(a), outcomes: ['failed', 'any'] };
    expect(fieldsAtFault(await importing(target, [{ ...b, dependencies }]))).toEqual([
      'jobs.0.dependencies.outcomes',
    ]);
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
