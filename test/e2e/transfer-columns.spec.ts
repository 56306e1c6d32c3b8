import pg from 'pg';
import { minimalJob, V1_JOBS } from '../support/jobs-api.js';
import { createJob, JOBS, startApi } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

const ADMIN = '/api/v1/scheduler/admin';

/** Columns of `jobs` that are no part of what people define, or that another test looks at. */
const BOOKKEEPING = [
  'id',
  'version',
  'revision',
  'state',
  'created_by',
  'updated_by',
  'created_at',
  'updated_at',
  'deleted_at',
  // Comes from a change of the secret.
  'webhook_previous',
  // What jobs wait for has tests of its own.
  'dependency_mode',
];
/** Columns that say nothing where they hold this. */
const NOTHING: Record<string, string> = { schedule_kind: 'manual', type: 'none' };

interface Column {
  name: string;
  default: string | null;
}
type Row = Record<string, unknown> & { name: string };

let source: TestService;
let target: TestService;
beforeAll(async () => {
  [source, target] = await Promise.all([startApi(), startApi()]);
});
afterAll(() => Promise.all([source.stop(), target.stop()]));

async function query<T extends object>({ databaseUrl }: TestService, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const definitionColumns = async (): Promise<Column[]> =>
  (
    await query<Column>(
      source,
      `SELECT column_name AS name, column_default AS default FROM information_schema.columns
       WHERE table_name = 'jobs' AND table_schema = 'public' ORDER BY column_name`,
    )
  ).filter(({ name }) => !BOOKKEEPING.includes(name));

const rows = async (service: TestService): Promise<Row[]> =>
  (await query<{ row: Row }>(service, 'SELECT to_jsonb(j) AS row FROM jobs j ORDER BY name')).map(
    ({ row }) => row,
  );

/** Whether a column, or a part of one, holds something that could get lost. */
function says(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
}

/** Jobs that between them use every field there is. A new field belongs in here. */
async function createJobs(): Promise<void> {
  const all = {
    name: 'a: everything of the Jobs API',
    project_id: 'stock',
    fallback_endpoint_url: 'http://127.0.0.1:8/',
    description: 'What it is for',
    group_id: 'a group',
    environment_id: 'production',
    cron: '0 7 * * 1-5',
    timezone: 'Europe/Berlin',
    payload_schema: { type: 'object', properties: { toString: { type: 'string' } } },
    tags: { team: 'stock' },
    default_run_metadata: { source: 'nightly' },
    max_attempts: 5,
    timeout_secs: 60,
    max_concurrency: 2,
    max_concurrency_per_key: 1,
    rate_limit_max: 5,
    rate_limit_window_secs: 60,
    rate_limit_keys: [{ name: 'team', max: 2, window_secs: 30 }],
    execution_window_cron: '* 8-18 * * *',
    priority: 7,
    dedup_window_secs: 30,
    run_ttl_secs: 600,
    retry_strategy: 'custom',
    retry_delays_secs: [1.5, 5],
    version_policy: 'latest',
    backwards_compatible: false,
    webhook_url: 'http://127.0.0.1:9/told',
  };
  const made = await source.call('POST', V1_JOBS, minimalJob(all));
  expect(made).toMatchObject({ status: 201 });
  const { id } = await createJob(source, {
    name: 'b: everything of the Scheduler API',
    timezone: 'Europe/London',
    startAt: '2031-01-01T00:00:00Z',
    endAt: '2041-01-01T00:00:00Z',
    jitterSeconds: 3,
    misfirePolicy: 'fireAll',
    misfireGraceSeconds: 7,
    catchupWindowSeconds: 77,
    maxCatchupRuns: 9,
    overlapPolicy: 'queueAll',
    pauseAfterFailures: 4,
    retryPolicy: { maxAttempts: 4, strategy: 'linear', delaySeconds: 5, maxDelaySeconds: 60, jitter: 0.1 },
  });
  const change = {
    scheduleType: 'Cron',
    scheduleExpression: '0 9 * * *',
    effectiveFrom: '2032-01-01T00:00:00Z',
  };
  expect(await source.call('PATCH', `${JOBS}/${id}/reschedule`, change)).toMatchObject({ status: 200 });
  const exclusions = { excludedDaysOfWeek: ['Sunday'], timeRange: { start: '22:00', end: '06:00' } };
  expect(await source.call('POST', `${JOBS}/${id}/exclusions`, exclusions)).toMatchObject({ status: 200 });
  await createJob(source, {
    name: 'c: once',
    scheduleType: 'OneTime',
    runAt: '2031-03-01T09:00:00Z',
    intervalSeconds: undefined,
  });
}

describe('an export and its import', () => {
  beforeAll(createJobs);

  it('are tried with a value in every column of a definition', async () => {
    const all = await rows(source);
    const unused = (await definitionColumns()).filter(({ name, default: initial }) => {
      const first = /^'?([^':]*)/.exec(initial ?? '')?.[1];
      return !all.some((row) => says(row[name]) && String(row[name]) !== (NOTHING[name] ?? first));
    });
    expect(unused).toEqual([]);
    for (const column of ['run_rules', 'flow_rules', 'retry']) {
      const parts = all.map((row) => Object.entries(row[column] ?? {}));
      const names = new Set(parts.flat().map(([name]) => name));
      const used = new Set(
        parts.flatMap((some) => some.filter(([, value]) => says(value))).map(([name]) => name),
      );
      expect([...names].filter((name) => !used.has(name))).toEqual([]);
    }
  });

  it('keep every column of every definition', async () => {
    const { body } = await source.call('GET', `${ADMIN}/export`);
    const jsonPayload = JSON.stringify(body);
    expect((await target.call('POST', `${ADMIN}/import`, { jsonPayload })).body).toBe(3);
    const columns = (await definitionColumns()).map(({ name }) => name);
    const definitions = async (service: TestService) =>
      (await rows(service)).map((row) => Object.fromEntries(columns.map((name) => [name, row[name]])));
    expect(await definitions(target)).toEqual(await definitions(source));
    // What is as the job is changes nothing.
    const again = await source.call('POST', `${ADMIN}/import`, { jsonPayload, mode: 'plan' });
    expect(again.body).toMatchObject({ created: [], changed: [] });
  });

  it('refuse a slug that is taken, and leave what a file says nothing of', async () => {
    const { body } = await source.call('GET', `${ADMIN}/export`);
    const [entry] = (body as { jobs: Record<string, unknown>[] }).jobs.filter(({ slug }) => slug !== null);
    const importing = (change: object, mode: string) =>
      source.call('POST', `${ADMIN}/import`, {
        jsonPayload: JSON.stringify([{ ...entry, ...change }]),
        mode,
      });
    expect(await importing({}, 'create')).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: { 'jobs.0.slug': expect.anything() } },
    });
    const silent = { slug: undefined, groupId: undefined, rules: undefined, webhook: undefined };
    expect((await importing({ ...silent, name: 'a: renamed' }, 'upsert')).body).toBe(1);
    expect((await source.call('GET', `${V1_JOBS}/${String(entry?.id)}`)).body).toMatchObject({
      name: 'a: renamed',
      slug: entry?.slug,
      group_id: 'a group',
      run_ttl_secs: 600,
      webhook_url: 'http://127.0.0.1:9/told',
    });
    expect((await importing({ rules: { metadata: { a: 1 } } }, 'upsert')).body.errors).toHaveProperty([
      'jobs.0.rules.metadata',
    ]);
  });
});
