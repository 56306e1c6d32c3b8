import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createJob, fieldsAtFault, JOBS, startApi } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

const CLEAR = '/api/v1/scheduler/admin/clear-logs';
const DAY_MS = 86_400_000;

let service: TestService;
let sql: pg.Client;
let jobId: string;

beforeAll(async () => {
  service = await startApi();
  sql = new pg.Client({ connectionString: service.databaseUrl });
  await sql.connect();
  jobId = (await createJob(service)).id;
});
afterAll(async () => {
  await sql.end();
  await service.stop();
});
beforeEach(() => sql.query('DELETE FROM executions'));

/** Executions that ended so many days ago. */
async function ended(days: number, count: number): Promise<void> {
  const at = new Date(Date.now() - days * DAY_MS - 60_000);
  const ids = Array.from({ length: count }, () => uuidv7({ msecs: at.getTime() }));
  await sql.query(
    `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts, created_at, finished_at)
     SELECT id, $2, 1, 'succeeded', 'manual', $3, 0, 1, $3, $3 FROM unnest($1::uuid[]) AS r (id)`,
    [ids, jobId, at],
  );
}

async function left(): Promise<number> {
  const { rows } = await sql.query<{ count: number }>('SELECT count(*)::integer AS count FROM executions');
  return rows[0]?.count ?? 0;
}

describe('clearing execution logs', () => {
  it('removes executions that ended more than olderThanDays ago and answers how many', async () => {
    await ended(61, 3);
    await ended(59, 2);
    const answer = await service.call('DELETE', CLEAR, { olderThanDays: 60 });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body).toBe(3);
    expect(await left()).toBe(2);
  });

  it('removes only finished executions, also with 0 days', async () => {
    await ended(0, 2);
    await service.call('POST', `${JOBS}/${jobId}/trigger`);
    expect((await service.call('DELETE', CLEAR, { olderThanDays: 0 })).body).toBe(2);
    expect(await left()).toBe(1);
  });

  it('works in batches, however many there are', async () => {
    await ended(90, 4_500);
    expect((await service.call('DELETE', CLEAR, { olderThanDays: 60 })).body).toBe(4_500);
  });

  it('takes the days as a query parameter, too', async () => {
    await ended(61, 1);
    expect((await service.call('DELETE', `${CLEAR}?olderThanDays=60`)).body).toBe(1);
  });

  it.each([
    ['no number of days', {}],
    ['a negative one', { olderThanDays: -1 }],
    ['a fraction', { olderThanDays: 0.5 }],
    ['a text', { olderThanDays: '60' }],
  ])('refuses %s', async (_what, body) => {
    expect(fieldsAtFault(await service.call('DELETE', CLEAR, body))).toEqual(['olderThanDays']);
  });

  it('refuses a call without a body and without a query', async () => {
    expect(fieldsAtFault(await service.call('DELETE', CLEAR))).toEqual(['olderThanDays']);
  });
});
