import pg from 'pg';
import { type CarillonProcess, startCarillon } from '../support/carillon-process.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { startWatchingEndpoint, type WatchingEndpoint } from '../support/watching-endpoint.js';

const WORKERS = 3;
const KILLS = 6;
const KILL_EVERY_MS = 2_500;

const AT_ONCE = 4;
const AT_ONCE_BY_KEY = 2;
const KEYS = ['a', 'b', 'c', 'd'];

const RATE = { max: 5, windowSeconds: 3 };
const RATE_BY_TENANT = { max: 2, windowSeconds: 3 };
const TENANTS = ['x', 'y', 'z', 'w'];
/** From the start that a worker notes to the arrival of its call, on a busy machine. */
const ON_THE_WAY_MS = 1_500;

const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

/** Limits hold at the called endpoint whatever happens to the workers, and nothing is left behind or dropped. */
describe('limits over workers that are killed at random', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  let endpoint: WatchingEndpoint;
  let api: CarillonProcess;
  let reaper: CarillonProcess;
  let workers: CarillonProcess[] = [];
  const startWorker = () => startCarillon(database.url, { ROLE: 'worker', WORKER_CONCURRENCY: '16' });

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    endpoint = await startWatchingEndpoint(() => 50 + Math.random() * 400);
    [api, reaper, ...workers] = await Promise.all([
      startCarillon(database.url, { ROLE: 'api' }),
      startCarillon(database.url, { ROLE: 'scheduler' }),
      ...Array.from({ length: WORKERS }, startWorker),
    ]);
  }, 180_000);

  afterAll(async () => {
    await Promise.all([api, reaper, ...workers].map((process) => process.kill()));
    await endpoint.close();
    await sql.end();
    await database.drop();
  }, 60_000);

  it('never lets one too many run or start, and leaves no slot behind', async () => {
    const limited = await createJob({
      max_concurrency: AT_ONCE,
      max_concurrency_per_key: AT_ONCE_BY_KEY,
    });
    const rated = await createJob({
      rate_limit_max: RATE.max,
      rate_limit_window_secs: RATE.windowSeconds,
      rate_limit_keys: [
        { name: 'tenant', max: RATE_BY_TENANT.max, window_secs: RATE_BY_TENANT.windowSeconds },
      ],
    });
    for (let kill = 0; kill < KILLS; kill++) {
      await triggerSome(limited, rated);
      const victim = Math.floor(Math.random() * WORKERS);
      const [, replacement] = await Promise.all([
        workers[victim]?.kill(),
        startWorker(),
        pause(KILL_EVERY_MS),
      ]);
      workers[victim] = replacement;
    }
    await eventually(
      () => count('SELECT count(*) AS n FROM executions WHERE finished_at IS NULL'),
      (open) => open === 0,
      { timeoutMs: 120_000, everyMs: 250 },
    );

    expect(await count(`SELECT count(*) AS n FROM executions WHERE state <> 'succeeded'`)).toBe(0);
    expect(new Set(endpoint.calls.map(({ runId }) => runId)).size).toBe(
      await count('SELECT count(*) AS n FROM executions'),
    );

    expect(await count(`SELECT count(*) AS n FROM attempts WHERE failure_kind = 'crash'`)).toBeGreaterThan(0);

    expect(endpoint.most.get('job=limited')).toBe(AT_ONCE);
    for (const key of KEYS) expect([key, endpoint.most.get(`key=${key}`)]).toEqual([key, AT_ONCE_BY_KEY]);

    const calls = endpoint.calls.filter(({ payload }) => payload.job === 'rated');
    expectRate(
      calls.map(({ at }) => at),
      RATE,
      ON_THE_WAY_MS,
    );
    expectRate(await startsOf(rated), RATE, 0);
    for (const tenant of TENANTS) {
      const own = calls.filter(({ payload }) => payload.tenant === tenant);
      expectRate(
        own.map(({ at }) => at),
        RATE_BY_TENANT,
        ON_THE_WAY_MS,
      );
      expectRate(await startsOf(rated, tenant), RATE_BY_TENANT, 0);
    }

    expect(await count('SELECT coalesce(sum(active), 0) AS n FROM flow_slots')).toBe(0);
    expect(await count(`SELECT count(*) AS n FROM flow_counters WHERE scope LIKE 'key:%'`)).toBe(0);
    expect(await count('SELECT count(*) AS n FROM flow_starts WHERE started_at IS NULL')).toBe(0);
    for (const table of ['held', 'ready', 'claims'])
      expect([table, await count(`SELECT count(*) AS n FROM ${table}`)]).toEqual([table, 0]);
    // Nor had the reaper anything to mend on the way.
    expect(reaper.process.lines.filter((line) => line.includes('have been mended'))).toEqual([]);
  }, 300_000);

  async function createJob(limits: object): Promise<string> {
    const { status, body } = await api.call('POST', '/v1/jobs', {
      project_id: 'default',
      name: 'a job with limits',
      slug: `job-${Math.random().toString(36).slice(2)}`,
      endpoint_url: endpoint.url,
      max_attempts: 20,
      ...limits,
    });
    expect(status).toBe(201);
    return body.id as string;
  }

  async function triggerSome(limited: string, rated: string): Promise<void> {
    const keyed = Array.from({ length: 25 }, () => pick(KEYS)).map((key) => ({
      concurrency_key: key,
      payload: { job: 'limited', key },
    }));
    const tenants = Array.from({ length: 2 }, () => TENANTS)
      .flat()
      .map((tenant) => ({
        payload: { job: 'rated', tenant },
      }));
    for (const [job, items] of [
      [limited, keyed],
      [rated, tenants],
    ] as const)
      expect((await api.call('POST', `/v1/jobs/${job}/trigger/bulk`, { items })).status).toBe(201);
  }

  /** All starts on record; those of attempts that died before they could be noted are not. */
  async function startsOf(jobId: string, tenant?: string): Promise<number[]> {
    const { rows } = await sql.query<{ at: Date }>(
      `SELECT coalesce(a.started_at, e.started_at) AS at
       FROM executions e LEFT JOIN attempts a ON a.execution_id = e.id
       WHERE e.job_id = $1 AND ($2::text IS NULL OR e.payload ->> 'tenant' = $2)
         AND (a.execution_id IS NULL OR a.started_at IS NOT NULL)`,
      [jobId, tenant ?? null],
    );
    return rows.map(({ at }) => at.getTime());
  }

  async function count(query: string): Promise<number> {
    const { rows } = await sql.query<{ n: string }>(query);
    return Number(rows[0]?.n);
  }
});

/** Of more than `max` starts in a row the last is a window after the first. */
function expectRate(
  starts: readonly number[],
  { max, windowSeconds }: { max: number; windowSeconds: number },
  tolerance: number,
): void {
  expect(starts.length).toBeGreaterThan(max);
  const sorted = starts.toSorted((a, b) => a - b);
  const spans = sorted.slice(max).map((at, index) => at - (sorted[index] as number));
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(windowSeconds * 1_000 - tolerance);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
