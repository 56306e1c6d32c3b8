import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, fieldsAtFault, type Job, JOBS } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const ADMIN = '/api/v1/scheduler/admin';

interface Run {
  id: string;
  status: string;
  trigger: string;
  scheduledFor: string;
  retryCount: number;
}

let database: TestDatabase;
let service: TestService;
let endpoint: CountingEndpoint;
let files: string;

beforeAll(async () => {
  [database, endpoint, files] = await Promise.all([
    createTestDatabase(),
    startCountingEndpoint(),
    mkdtemp(join(tmpdir(), 'carillon-files-')),
  ]);
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(
    `CREATE FUNCTION doubled(value integer) RETURNS integer LANGUAGE sql AS 'SELECT value * 2'`,
  );
  await sql.end();
  service = await start();
});
afterAll(async () => {
  await service.stop();
  await endpoint.close();
  await Promise.all([database.drop(), rm(files, { recursive: true, force: true })]);
});

const SECRETS_KEY = randomBytes(32).toString('base64');
const start = (): Promise<TestService> =>
  startService({
    databaseUrl: database.url,
    env: { SECRETS_KEY, FILE_ROOTS: `data=${files}`, DATA_SOURCES: `main=${database.url}` },
  });

const calling = (change: object = {}): Promise<Job> =>
  createJob(service, { jobConfiguration: { url: endpoint.url }, ...change });

async function runsOf({ id }: Job, query = ''): Promise<Run[]> {
  return (await service.call('GET', `${JOBS}/${id}/executions?pageSize=200&${query}`)).body.items as Run[];
}

async function run({ id }: Job): Promise<Record<string, unknown>> {
  const { body } = await service.call('POST', `${JOBS}/${id}/trigger`);
  const answer = await eventually(
    () => service.call('GET', `${EXECUTIONS}/${body}`),
    (execution) => execution.body.completedAt !== null,
  );
  return answer.body as Record<string, unknown>;
}

const callsOf = (executions: readonly { id: unknown }[]) =>
  endpoint.received.filter(({ executionId }) => executions.some(({ id }) => id === executionId));

describe('jobType', () => {
  const CONFIGURATIONS: Record<string, () => object> = {
    HttpCall: () => ({ url: endpoint.url }),
    StoredProcedure: () => ({ dataSource: 'main', procedure: 'doubled', parameters: { value: 21 } }),
    CodeExecution: () => ({ language: 'javascript', source: 'return 6 * 7' }),
    FileOperation: () => ({ operation: 'write', root: 'data', path: 'a.txt', content: 'written' }),
  };
  const made = (jobType: string): Promise<Job> =>
    createJob(service, { jobType, jobConfiguration: CONFIGURATIONS[jobType]?.() });

  it.each([
    ['HttpCall', '"ok":true'],
    ['StoredProcedure', '42'],
    ['CodeExecution', '42'],
    ['FileOperation', 'a.txt'],
  ])('%s is done, and its output kept', async (jobType, output) => {
    const job = await made(jobType);
    expect(job.jobType).toBe(jobType);
    expect(await run(job)).toMatchObject({ status: 'Succeeded', output: expect.stringContaining(output) });
    if (jobType === 'FileOperation') expect(await readFile(join(files, 'a.txt'), 'utf8')).toBe('written');
  });

  it.each(Object.keys(CONFIGURATIONS))(
    'can be updated to %s, together with its configuration',
    async (jobType) => {
      const { id } = await made(jobType === 'HttpCall' ? 'CodeExecution' : 'HttpCall');
      const alone = await service.call('PUT', `${JOBS}/${id}`, { jobType });
      expect(fieldsAtFault(alone).every((field) => field.startsWith('jobConfiguration.'))).toBe(true);
      const change = { jobType, jobConfiguration: CONFIGURATIONS[jobType]?.() };
      const { status, body } = await service.call('PUT', `${JOBS}/${id}`, change);
      expect({ status, body }).toMatchObject({ status: 200, body: change });
    },
  );

  it.each(Object.keys(CONFIGURATIONS))('filters the list of jobs: %s', async (jobType) => {
    await made('HttpCall');
    const { id } = await made(jobType);
    const { body } = await service.call('GET', `${JOBS}?jobType=${jobType}`);
    expect((body.items as Job[]).map((job) => job.id)).toContain(id);
    expect(new Set((body.items as Job[]).map((job) => job.jobType))).toEqual(new Set([jobType]));
  });
});

describe('a schedule', () => {
  it('of the type Cron runs at the instants of its expression', async () => {
    const cron = { scheduleType: 'Cron', scheduleExpression: '* * * * * *', intervalSeconds: null };
    const job = await calling(cron);
    const runs = await eventually(
      () => runsOf(job, 'status=Succeeded'),
      (items) => items.length >= 2,
    );
    await service.call('DELETE', `${JOBS}/${job.id}`);
    for (const { trigger, scheduledFor } of runs)
      expect({ trigger, milliseconds: Date.parse(scheduledFor) % 1_000 }).toEqual({
        trigger: 'Schedule',
        milliseconds: 0,
      });
    expect(new Set(runs.map(({ scheduledFor }) => scheduledFor)).size).toBe(runs.length);
  });

  describe('that changes', () => {
    const each = { intervalSeconds: 1 };
    let jobs: Record<'paused' | 'disabled' | 'updated' | 'rescheduled' | 'witness', Job>;
    let before: Map<Job, Run[]>;

    beforeAll(async () => {
      jobs = {
        paused: await calling(each),
        disabled: await calling(each),
        updated: await calling(),
        rescheduled: await calling(),
        witness: await calling(each),
      };
      const { paused, disabled, updated, rescheduled, witness } = jobs;
      for (const job of [paused, disabled])
        await eventually(
          () => runsOf(job),
          (runs) => runs.length >= 1,
        );
      await service.call('POST', `${JOBS}/${paused.id}/pause`);
      await service.call('PUT', `${JOBS}/${disabled.id}`, { isEnabled: false });
      await service.call('PUT', `${JOBS}/${updated.id}`, each);
      await service.call('PATCH', `${JOBS}/${rescheduled.id}/reschedule`, {
        scheduleType: 'Interval',
        ...each,
      });
      before = new Map([
        [paused, await runsOf(paused)],
        [disabled, await runsOf(disabled)],
      ]);
      const seen = (await runsOf(witness)).length;
      await eventually(
        () => runsOf(witness),
        (runs) => runs.length >= seen + 2,
      );
    });
    afterAll(async () => {
      for (const { id } of Object.values(jobs)) await service.call('DELETE', `${JOBS}/${id}`);
    });

    const hasMoreRuns = (job: Job): Promise<Run[]> =>
      eventually(
        () => runsOf(job),
        (runs) => runs.length > (before.get(job)?.length ?? 0),
      );
    const stopped = async (job: Job): Promise<void> =>
      expect((await runsOf(job)).map(({ id }) => id)).toEqual(before.get(job)?.map(({ id }) => id));

    it('is stopped by a pause, which loses neither definition nor history, and goes on after resume', async () => {
      const { paused } = jobs;
      await stopped(paused);
      const { jobConfiguration, intervalSeconds } = paused;
      const { body } = await service.call('GET', `${JOBS}/${paused.id}`);
      expect(body).toMatchObject({ jobConfiguration, intervalSeconds, status: 'Paused' });
      await service.call('POST', `${JOBS}/${paused.id}/resume`);
      await hasMoreRuns(paused);
    });

    it('is stopped by an update of isEnabled, and goes on after another one', async () => {
      await stopped(jobs.disabled);
      await service.call('PUT', `${JOBS}/${jobs.disabled.id}`, { isEnabled: true });
      await hasMoreRuns(jobs.disabled);
    });

    it.each(['updated', 'rescheduled'] as const)('is followed at once when it is %s', async (how) => {
      const [run] = await hasMoreRuns(jobs[how]);
      expect(run?.trigger).toBe('Schedule');
    });
  });
});

describe('a restart', () => {
  const anchorAt = '2026-01-01T00:00:00.250Z';
  let each: Job;
  let before: Run[];
  let queued: string[];

  beforeAll(async () => {
    each = await calling({ intervalSeconds: 1, anchorAt });
    const slow = await calling({ jobConfiguration: { url: `${endpoint.url}/slow` }, maxConcurrency: 1 });
    queued = [];
    for (let n = 0; n < 2; n++)
      queued.push((await service.call('POST', `${JOBS}/${slow.id}/trigger`)).body as string);
    await eventually(
      () => endpoint.received,
      (calls) => calls.some(({ executionId }) => executionId === queued[0]),
    );
    before = await eventually(
      () => runsOf(each, 'status=Succeeded'),
      (runs) => runs.length >= 1,
    );
    await service.stop();
    // The next one has a data directory of its own: nothing but the database is left of the first.
    service = await start();
  });

  it('leaves the interval of a schedule on its anchor', async () => {
    const runs = await eventually(
      () => runsOf(each, 'status=Succeeded'),
      (items) => items.length >= before.length + 2,
    );
    await service.call('POST', `${JOBS}/${each.id}/pause`);
    for (const { scheduledFor } of runs) expect(Date.parse(scheduledFor) % 1_000).toBe(250);
  });

  it('loses no definition and no history: they are in the database', async () => {
    expect((await service.call('GET', `${JOBS}/${each.id}`)).body).toMatchObject({
      anchorAt,
      name: each.name,
    });
    const ids = (await runsOf(each)).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
  });

  it('recovers what was queued, and what ran, by itself', async () => {
    for (const id of queued)
      await eventually(
        async () => {
          endpoint.release();
          return (await service.call('GET', `${EXECUTIONS}/${id}`)).body.status as string;
        },
        (status) => status === 'Succeeded',
      );
  });
});

describe('retryPolicy', () => {
  it('maxAttempts counts all attempts, delaySeconds lies between them, all in one execution', async () => {
    const job = await calling({
      jobConfiguration: { url: endpoint.url, expectedStatuses: [418] },
      retryPolicy: { maxAttempts: 2, delaySeconds: 1 },
    });
    const execution = await run(job);
    expect(execution).toMatchObject({ status: 'Failed', retryCount: 1 });
    const calls = callsOf([execution as { id: string }]);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(await runsOf(job)).toHaveLength(1);
  });
});

describe('import', () => {
  it('of an export into the installation that it comes from makes duplicates that run alike, secrets too', async () => {
    const job = await calling({
      name: 'has a twin',
      jobConfiguration: { url: endpoint.url, method: 'POST', headers: { 'X-Api-Key': 'of-the-original' } },
    });
    const { body: file } = await service.call('GET', `${ADMIN}/export`);
    const jobs = (file.jobs as Job[]).filter(({ id }) => id === job.id);
    const answer = await service.call('POST', `${ADMIN}/import`, { jsonPayload: JSON.stringify({ jobs }) });
    expect(answer).toMatchObject({ status: 200, body: 1 });
    const { body: twins } = await service.call('GET', `${JOBS}?search=twin`);
    expect(twins.totalCount).toBe(2);
    const [copy] = (twins.items as Job[]).filter(({ id }) => id !== job.id);
    expect(copy?.jobConfiguration).toEqual(job.jobConfiguration);
    const [original, duplicate] = [await run(job), await run(copy as Job)];
    const keys = callsOf([original, duplicate] as { id: string }[]).map(
      ({ headers }) => headers['x-api-key'],
    );
    expect(keys).toEqual(['of-the-original', 'of-the-original']);
  });
});

describe('a named secret', () => {
  it('leaves in an export as the reference that it is', async () => {
    await service.call('POST', '/api/v1/scheduler/secrets', { name: 'EXPORTED', value: 'never-in-a-file' });
    const headers = { Authorization: 'Bearer ${{ secrets.EXPORTED }}' };
    const { id } = await calling({ jobConfiguration: { url: endpoint.url, headers } });
    const { body: file } = await service.call('GET', `${ADMIN}/export`);
    expect((file.jobs as Job[]).find((job) => job.id === id)?.jobConfiguration).toMatchObject({ headers });
    expect(JSON.stringify(file)).not.toContain('never-in-a-file');
  });
});
