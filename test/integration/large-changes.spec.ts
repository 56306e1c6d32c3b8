import pg from 'pg';
import { insertJob } from '../support/rows.js';
import { JOBS } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

/** More than any statement takes at once. */
const MANY = 21_000;

/** What is too much for one statement, which may say nothing for 30 seconds at most, is done in parts, and done wholly. */
describe('a change of very many rows', () => {
  let service: TestService;
  let sql: pg.Client;

  beforeAll(async () => {
    service = await startService({ env: { ROLE: 'api' } });
    sql = new pg.Client({ connectionString: service.databaseUrl });
    await sql.connect();
  });
  afterAll(async () => {
    await sql.end();
    await service.stop();
  });

  /** Copies the only row of a table, each copy under an id of its own. */
  async function multiply(table: string, key: string): Promise<void> {
    await sql.query(
      `INSERT INTO ${table} SELECT (jsonb_populate_record(t, jsonb_build_object($1::text, gen_random_uuid()))).*
       FROM ${table} t, generate_series(1, ${MANY})`,
      [key],
    );
  }

  const count = async (from: string) =>
    (await sql.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`)).rows[0]?.n;

  it('removes a job with its whole history', async () => {
    const jobId = await insertJob(sql);
    expect((await service.call('POST', `${JOBS}/${jobId}/trigger`)).status).toBe(202);
    await multiply('executions', 'id');
    expect((await service.call('DELETE', `${JOBS}/${jobId}?hardDelete=true`)).status).toBe(204);
    expect(await count('executions')).toBe(0);
  }, 60_000);

  it('pauses all jobs', async () => {
    await insertJob(sql);
    await multiply('jobs', 'id');
    const answer = await service.call('POST', '/api/v1/scheduler/admin/pause-all');
    expect(answer.body).toEqual({ count: MANY + 1 });
    expect(await count(`jobs WHERE state = 'paused'`)).toBe(MANY + 1);
    expect(await count(`jobs WHERE state = 'enabled'`)).toBe(0);
  }, 60_000);
});
