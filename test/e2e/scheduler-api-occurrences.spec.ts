import pg from 'pg';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { eventually } from '../support/eventually.js';
import { createJob, fieldsAtFault, type Job, JOBS, UNKNOWN_ID } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

interface Entry {
  scheduledFor: string;
  through: string;
  instants: number | null;
  result: string;
  reason: string | null;
  executionId: string | null;
  executionStatus: string | null;
}

interface Page {
  items: Entry[];
  totalCount: number;
}

let service: TestService;
let endpoint: CountingEndpoint;
let sql: pg.Client;

beforeAll(async () => {
  endpoint = await startCountingEndpoint();
  service = await startService();
  sql = new pg.Client(service.databaseUrl);
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await service.stop();
  await endpoint.close();
});

async function ledger(job: { id: string }, query = ''): Promise<Page> {
  return (await service.call('GET', `${JOBS}/${job.id}/occurrences${query}`)).body as Page;
}

const inTheFuture = { scheduleType: 'OneTime', intervalSeconds: undefined, runAt: '2035-01-01T00:00:00Z' };

describe('GET /jobs/{id}/occurrences', () => {
  it('names the execution of an instant and its status', async () => {
    const job = await createJob(service, { intervalSeconds: 1, jobConfiguration: { url: endpoint.url } });
    const { items } = await eventually(
      () => ledger(job),
      (page) => page.items.some((entry) => entry.executionStatus === 'Succeeded'),
    );
    const entry = items.find(({ executionStatus }) => executionStatus === 'Succeeded');
    expect(entry).toMatchObject({
      result: 'Executed',
      reason: null,
      instants: 1,
      through: entry?.scheduledFor,
    });
    const execution = await service.call('GET', `/api/v1/scheduler/executions/${entry?.executionId}`);
    expect(execution.body).toMatchObject({ jobId: job.id, scheduledFor: entry?.scheduledFor });
    await service.call('POST', `${JOBS}/${job.id}/pause`);
  });

  it('tells which instants were excluded, from the creation of the job on', async () => {
    const job = await createJob(service, { intervalSeconds: 1, jobConfiguration: { url: endpoint.url } }, {});
    const days = [0, 1].map((day) => new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10));
    await service.call('POST', `${JOBS}/${job.id}/exclusions`, { excludedDates: days });
    const changed = (await service.call('GET', `${JOBS}/${job.id}`)).body as Job & { updatedAt: string };
    // The next look at the job comes only after the excluded days: bring it forward.
    await eventually(
      () => Date.now(),
      (now) => now > Date.parse(changed.updatedAt) + 1_500,
    );
    await sql.query(
      `WITH moved AS (UPDATE job_clocks SET next_run_at = date_trunc('milliseconds', now()), schedule_version = schedule_version + 1
                      WHERE job_id = $1 RETURNING job_id)
       SELECT pg_notify('carillon_jobs', job_id::text) FROM moved`,
      [job.id],
    );
    const { items } = await eventually(
      () => ledger(job),
      (page) => page.items.some((entry) => entry.result === 'Excluded'),
    );
    const excluded = items.filter((entry) => entry.result === 'Excluded');
    expect(excluded).toContainEqual(
      expect.objectContaining({ reason: 'excluded', executionId: null, executionStatus: null }),
    );
    const first = Math.min(...excluded.map((entry) => Date.parse(entry.scheduledFor)));
    const since = Date.parse(changed.updatedAt);
    // The very first instant after the rules were set, not only the one of the firing.
    expect(first).toBeGreaterThan(since);
    expect(first).toBeLessThanOrEqual(since + 1_000);
  });

  it.each([
    ['the rules go', 'DELETE', '/exclusions', undefined],
    ['the job is disabled', 'PUT', '', { isEnabled: false }],
    ['the job is deleted', 'DELETE', '', undefined],
    ['jobs are deleted in bulk', 'POST', 'bulk', undefined],
  ])('keeps instants that were excluded before %s', async (_what, method, path, body) => {
    const days = [0, 1].map((day) => new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10));
    const job = await createJob(service, {
      scheduleType: 'Cron',
      scheduleExpression: '* * * * * *',
      intervalSeconds: undefined,
    });
    await service.call('POST', `${JOBS}/${job.id}/exclusions`, { excludedDates: days });
    const since = new Date(Date.now() - 10_000);
    await sql.query('UPDATE job_clocks SET accounted_until = $2 WHERE job_id = $1', [job.id, since]);
    const answer =
      path === 'bulk'
        ? await service.call('POST', `${JOBS}/bulk/delete`, { ids: [job.id] })
        : await service.call(method, `${JOBS}/${job.id}${path}`, body);
    expect(answer.status).toBeLessThan(300);
    const { rows } = await sql.query<{ first: Date; instants: number }>(
      `SELECT min(scheduled_for) AS first, sum(instants)::integer AS instants FROM occurrences
       WHERE job_id = $1 AND result = 'excluded'`,
      [job.id],
    );
    // Around midnight the first of them fall on the day before, which is not excluded.
    expect(rows[0]?.instants).toBeGreaterThanOrEqual(1);
    expect(rows[0]?.first.getTime()).toBeGreaterThan(since.getTime());
  });

  it('merges executions with stretches of other fates, the newest first, by pages', async () => {
    const job = await createJob(service, inTheFuture);
    const at = (hour: number) => `2029-05-01T${String(hour).padStart(2, '0')}:00:00.000Z`;
    for (const hour of [3, 7]) {
      await sql.query(
        `INSERT INTO executions (id, job_id, job_version, state, trigger, scheduled_for, available_at, priority, max_attempts, finished_at)
         VALUES (gen_random_uuid(), $1, 1, 'succeeded', 'schedule', $2, $2, 0, 1, $2)`,
        [job.id, at(hour)],
      );
    }
    await sql.query(
      `INSERT INTO occurrences (job_id, scheduled_for, through, instants, result, reason)
       VALUES ($1, $2, $3, 3, 'missed', 'misfire'), ($1, $4, $4, 1, 'skipped', 'overlap')`,
      [job.id, at(4), at(6), at(9)],
    );
    const all = await ledger(job);
    expect(all.totalCount).toBe(4);
    expect(all.items.map((entry) => [entry.scheduledFor, entry.result, entry.reason])).toEqual([
      [at(9), 'Skipped', 'overlap'],
      [at(7), 'Executed', null],
      [at(4), 'Missed', 'misfire'],
      [at(3), 'Executed', null],
    ]);
    expect(all.items[2]).toMatchObject({ through: at(6), instants: 3 });
    const pages = await Promise.all([1, 2, 3].map((n) => ledger(job, `?pageSize=2&pageNumber=${n}`)));
    expect(pages.map((page) => page.items)).toEqual([all.items.slice(0, 2), all.items.slice(2), []]);
    // A stretch counts where any of its instants lies in the range.
    const some = await ledger(job, `?from=${at(5)}&to=${at(7)}`);
    expect(some).toMatchObject({ totalCount: 2, items: [{ scheduledFor: at(7) }, { scheduledFor: at(4) }] });
  });

  it('answers 404 for an unknown job and 400 for a bad query', async () => {
    expect((await service.call('GET', `${JOBS}/${UNKNOWN_ID}/occurrences`)).status).toBe(404);
    const job = await createJob(service, inTheFuture);
    const path = `${JOBS}/${job.id}/occurrences`;
    expect(fieldsAtFault(await service.call('GET', `${path}?from=yesterday`))).toEqual(['from']);
    expect(fieldsAtFault(await service.call('GET', `${path}?pageSize=201`))).toEqual(['pageSize']);
  });
});
