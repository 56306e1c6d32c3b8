import pg from 'pg';
import { type CarillonProcess, startCarillon } from '../support/carillon-process.js';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

const JOBS = 200;
const SECONDS = 20;
const KILL_EVERY_MS = 3_000;
/** So long creating the jobs may take before the first is due. */
const CREATING_MS = 15_000;

/** The promise of the scheduler: over replicas that die and come back, every due instant is recorded once. */
describe('three replicas, one killed every three seconds', () => {
  let database: TestDatabase;
  let sql: pg.Client;
  let endpoint: CountingEndpoint;
  const replicas: CarillonProcess[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    endpoint = await startCountingEndpoint();
    replicas.push(...(await Promise.all([0, 1, 2].map(() => startCarillon(database.url)))));
  }, 180_000);

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.kill()));
    await endpoint.close();
    await sql.end();
    await database.drop();
  }, 60_000);

  it('records every nominal instant of 200 one-second jobs exactly once', async () => {
    const anchor = new Date(Math.ceil(Date.now() / 1000) * 1000 + CREATING_MS);
    const end = new Date(anchor.getTime() + SECONDS * 1000);
    await createJobs(replicas[0] as CarillonProcess, endpoint.url, anchor, end);

    expect(Date.now()).toBeLessThan(anchor.getTime());

    for (let victim = 0; Date.now() < end.getTime(); victim = (victim + 1) % replicas.length) {
      const died = replicas[victim] as CarillonProcess;
      const killed = Date.now();
      await died.kill();
      replicas[victim] = await startCarillon(database.url);
      await new Promise((resolve) => setTimeout(resolve, Math.max(KILL_EVERY_MS - (Date.now() - killed), 0)));
    }

    // Everything that was fired ends, also what the killed ones had in hand.
    await eventually(
      () => count(sql, `SELECT count(*) AS n FROM executions WHERE finished_at IS NULL`),
      (open) => open === 0,
      { timeoutMs: 60_000, everyMs: 200 },
    );
    await eventually(
      () => count(sql, `SELECT count(*) AS n FROM job_clocks WHERE next_run_at IS NOT NULL`),
      (running) => running === 0,
      { timeoutMs: 30_000, everyMs: 200 },
    );

    const instants = await count(
      sql,
      `SELECT count(*) AS n FROM (SELECT job_id, scheduled_for FROM executions GROUP BY 1, 2) each`,
    );
    const executions = await count(sql, `SELECT count(*) AS n FROM executions`);
    const missed = await count(sql, `SELECT coalesce(sum(instants), 0) AS n FROM occurrences`);
    expect(executions).toBe(instants);
    expect(instants + missed).toBe(JOBS * SECONDS);
    expect(await count(sql, `SELECT count(*) AS n FROM executions WHERE state <> 'succeeded'`)).toBe(0);
    expect(await count(sql, `SELECT count(*) AS n FROM claims`)).toBe(0);
    expect(await count(sql, `SELECT count(*) AS n FROM ready`)).toBe(0);
  }, 240_000);
});

async function createJobs(
  replica: CarillonProcess,
  endpointUrl: string,
  anchor: Date,
  end: Date,
): Promise<void> {
  for (let start = 0; start < JOBS; start += 20) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        replica.call('POST', '/api/v1/scheduler/jobs', {
          name: `job ${start + index}`,
          jobType: 'HttpCall',
          scheduleType: 'Interval',
          intervalSeconds: 1,
          anchorAt: anchor.toISOString(),
          startAt: new Date(anchor.getTime() + 1_000).toISOString(),
          endAt: end.toISOString(),
          jobConfiguration: { url: `${endpointUrl}/job` },
        }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 201));
  }
}

async function count(sql: pg.Client, query: string): Promise<number> {
  const { rows } = await sql.query<{ n: string }>(query);
  return Number(rows[0]?.n);
}
