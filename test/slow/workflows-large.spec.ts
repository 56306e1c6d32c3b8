import pg from 'pg';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { startService, type TestService } from '../support/service.js';
import { createWorkflow, endedRun, insertCallingJobs, triggerWorkflow } from '../support/workflows.js';

const STEPS = 1_000;

/** Two whole services over one database: the steps of a run end at once in different processes' transactions. */
describe('large workflows', () => {
  let first: TestService;
  let second: TestService;
  let endpoint: CountingEndpoint;
  let sql: pg.Client;
  let jobs: string[];

  beforeAll(async () => {
    endpoint = await startCountingEndpoint();
    first = await startService();
    second = await startService({ databaseUrl: first.databaseUrl });
    sql = new pg.Client({ connectionString: first.databaseUrl });
    await sql.connect();
    await sql.query('BEGIN');
    jobs = await insertCallingJobs(sql, endpoint.url, STEPS);
    await sql.query('COMMIT');
  }, 120_000);

  afterAll(async () => {
    await sql.end();
    await second.stop();
    await first.stop();
    await endpoint.close();
  }, 60_000);

  beforeEach(() => endpoint.received.splice(0));

  it('fans out and in: every step once, the last one after all others', async () => {
    const [top = '', bottom = '', ...middle] = jobs;
    const id = await createWorkflow(first, [
      { jobId: top },
      ...middle.map((jobId) => ({ jobId, dependsOn: [top] })),
      { jobId: bottom, dependsOn: middle },
    ]);
    const run = await endedRun(first, await triggerWorkflow(first, id), 150_000);
    expect(run.status).toBe('Succeeded');
    expect(endpoint.received).toHaveLength(STEPS);
    expect(new Set(endpoint.received.map(({ path }) => path)).size).toBe(STEPS);
    expect([endpoint.received.at(0)?.path, endpoint.received.at(-1)?.path]).toEqual(['/0', '/1']);
  }, 180_000);

  it('runs a chain in its order', async () => {
    const id = await createWorkflow(
      second,
      jobs.map((jobId, place) => ({ jobId, dependsOn: jobs.slice(Math.max(0, place - 1), place) })),
    );
    const run = await endedRun(second, await triggerWorkflow(second, id), 150_000);
    expect(run.status).toBe('Succeeded');
    expect(endpoint.received.map(({ path }) => path)).toEqual(jobs.map((_, place) => `/${place}`));
  }, 180_000);
});
