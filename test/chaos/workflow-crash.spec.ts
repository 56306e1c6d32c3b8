import pg from 'pg';
import { type CarillonProcess, startCarillon } from '../support/carillon-process.js';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { insertJob } from '../support/rows.js';

const WORKFLOWS = '/api/v1/scheduler/workflows';
const STEPS = 3;

/** A run whose only worker is killed in the middle of every step, and replaced. */
describe('a workflow run', () => {
  let database: TestDatabase;
  let endpoint: CountingEndpoint;
  let node: CarillonProcess;
  let sql: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    endpoint = await startCountingEndpoint();
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    node = await startCarillon(database.url);
  }, 120_000);

  afterAll(async () => {
    await node.kill();
    await sql.end();
    await endpoint.close();
    await database.drop();
  }, 60_000);

  it('survives kill -9 at every step: each step runs to its end once, in order', async () => {
    const jobs: string[] = [];
    for (let step = 0; step < STEPS; step++)
      jobs.push(await insertJob(sql, { configuration: { url: `${endpoint.url}/slow/${step}` } }));
    const workflow = await node.call('POST', WORKFLOWS, {
      name: 'chain',
      jobs: jobs.map((jobId, step) => ({ jobId, dependsOn: jobs.slice(Math.max(0, step - 1), step) })),
    });
    expect(workflow.status).toBe(201);
    const { body: runId } = await node.call('POST', `${WORKFLOWS}/${workflow.body.id}/trigger`);

    for (let step = 0; step < STEPS; step++) {
      await called(step, 1);
      await node.kill();
      node = await startCarillon(database.url);
      // Its lease runs out, and the new process takes it up as a further attempt.
      await called(step, 2);
      endpoint.release();
    }

    const run = await eventually(
      async () => (await node.call('GET', `${WORKFLOWS}/runs/${runId}`)).body,
      (body) => body.completedAt !== null,
      { timeoutMs: 60_000 },
    );
    expect(run.status).toBe('Succeeded');
    expect(run.steps.map(({ status }: { status: string }) => status)).toEqual(jobs.map(() => 'Succeeded'));
    const { rows } = await sql.query(
      `SELECT job_id AS "jobId", state, attempt FROM executions WHERE workflow_step_id IS NOT NULL ORDER BY id`,
    );
    expect(rows).toEqual(jobs.map((jobId) => ({ jobId, state: 'succeeded', attempt: 2 })));
  }, 300_000);

  function called(step: number, times: number): Promise<number> {
    return eventually(
      () => endpoint.received.filter(({ path }) => path === `/slow/${step}`).length,
      (calls) => calls === times,
      { timeoutMs: 60_000 },
    );
  }
});
