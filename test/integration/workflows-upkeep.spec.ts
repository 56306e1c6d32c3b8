import pg from 'pg';
import { RunMaintenance } from '../../src/modules/workflows/run-maintenance.js';
import { WorkflowClock } from '../../src/modules/workflows/workflow-clock.js';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { eventually } from '../support/eventually.js';
import { insertJob } from '../support/rows.js';
import { startService, type TestService } from '../support/service.js';
import {
  createWorkflow,
  endedRun,
  insertCallingJobs,
  triggerWorkflow,
  WORKFLOWS,
} from '../support/workflows.js';

describe('schedules and upkeep of workflows', () => {
  let service: TestService;
  let endpoint: CountingEndpoint;
  let sql: pg.Client;

  beforeAll(async () => {
    endpoint = await startCountingEndpoint();
    // No scheduler role: clocks stay where a test puts them.
    service = await startService({ env: { ROLE: 'api' } });
    sql = new pg.Client({ connectionString: service.databaseUrl });
    await sql.connect();
  });

  afterAll(async () => {
    await sql.end();
    await service.stop();
    await endpoint.close();
  });

  const clock = () => service.app.get(WorkflowClock, { strict: false });
  const runsOf = async (id: string) =>
    (await service.call('GET', `${WORKFLOWS}/${id}/runs`)).body.items as Record<string, unknown>[];
  const nextRunAt = async (id: string) =>
    (await service.call('GET', `${WORKFLOWS}/${id}`)).body.nextRunAt as string;

  it('fires a due instant once, whoever looks, and sets the next one', async () => {
    const jobs = (await insertCallingJobs(sql, endpoint.url, 1)).map((jobId) => ({ jobId }));
    const schedule = { scheduleType: 'Interval', intervalSeconds: 3600, anchorAt: '2030-01-01T00:00:00Z' };
    const id = await createWorkflow(service, jobs, { schedule });
    expect(await nextRunAt(id)).toBe('2030-01-01T01:00:00.000Z');
    await sql.query(
      `UPDATE workflows SET anchor_at = date_trunc('second', now()) - interval '1 hour',
                            next_run_at = date_trunc('second', now()) WHERE id = $1`,
      [id],
    );
    const due = await nextRunAt(id);
    const started = await Promise.all(Array.from({ length: 4 }, () => clock().runOnce()));
    expect(started.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await runsOf(id)).toMatchObject([{ trigger: 'Schedule', scheduledFor: due, status: 'Running' }]);
    expect(Date.parse(await nextRunAt(id)) - Date.parse(due)).toBe(3_600_000);
  });

  it('makes up for instants that passed by one run, and ends a schedule of one instant', async () => {
    const jobs = (await insertCallingJobs(sql, endpoint.url, 1)).map((jobId) => ({ jobId }));
    const cron = await createWorkflow(service, jobs, {
      schedule: { scheduleType: 'Cron', scheduleExpression: '0 * * * *', timezone: 'Europe/London' },
    });
    const once = await createWorkflow(service, jobs, {
      schedule: { scheduleType: 'OneTime', runAt: '2030-06-01T09:00:00', timezone: 'Europe/London' },
    });
    expect(await nextRunAt(once)).toBe('2030-06-01T08:00:00.000Z');
    await sql.query(
      `UPDATE workflows SET next_run_at = date_trunc('hour', now()) - interval '5 hours' WHERE id = $1`,
      [cron],
    );
    await sql.query(
      `UPDATE workflows SET run_at = '2026-01-01Z', next_run_at = '2026-01-01Z' WHERE id = $1`,
      [once],
    );
    await clock().runOnce();
    expect(await runsOf(cron)).toHaveLength(1);
    expect(await runsOf(once)).toMatchObject([{ scheduledFor: '2026-01-01T00:00:00.000Z' }]);
    expect(await nextRunAt(once)).toBeNull();
  });

  it('refuses a schedule that does not hold together, and drops one on demand', async () => {
    const jobs = (await insertCallingJobs(sql, endpoint.url, 1)).map((jobId) => ({ jobId }));
    const refused = await service.call('POST', WORKFLOWS, {
      name: 'A workflow',
      jobs,
      schedule: { scheduleType: 'Cron', scheduleExpression: '61 * * * *' },
    });
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([
      400,
      ['schedule.scheduleExpression'],
    ]);
    const id = await createWorkflow(service, jobs, {
      schedule: { scheduleType: 'Cron', scheduleExpression: '@daily' },
    });
    const dropped = await service.call('PUT', `${WORKFLOWS}/${id}`, { schedule: null });
    expect(dropped.body).toMatchObject({ schedule: null, nextRunAt: null });
  });

  it('is fired by the loop of the scheduler', async () => {
    const scheduler = await startService({ databaseUrl: service.databaseUrl, env: { ROLE: 'scheduler' } });
    try {
      const jobs = (await insertCallingJobs(sql, endpoint.url, 1)).map((jobId) => ({ jobId }));
      const id = await createWorkflow(service, jobs, {
        schedule: { scheduleType: 'Interval', intervalSeconds: 1 },
      });
      await eventually(
        () => runsOf(id),
        (runs) => runs.length >= 2,
      );
    } finally {
      await scheduler.stop();
    }
  });

  it('ends a step whose job was erased with its executions', async () => {
    const [erased = '', next = ''] = await insertCallingJobs(sql, endpoint.url, 2);
    const id = await createWorkflow(service, [{ jobId: erased }, { jobId: next, dependsOn: [erased] }]);
    const runId = await triggerWorkflow(service, id);
    const gone = await service.call('DELETE', `/api/v1/scheduler/jobs/${erased}?hardDelete=true`);
    expect(gone.status).toBe(204);
    await service.app.get(RunMaintenance, { strict: false }).mendOnce();
    expect(await endedRun(service, runId)).toMatchObject({
      status: 'Failed',
      steps: [{ status: 'Failed', errorMessage: 'Its job was erased while it ran.' }, { status: 'Skipped' }],
    });
  });

  it('ends at once when its only queued job is deleted, and takes its slot with it', async () => {
    const limited = await insertJob(sql, { configuration: { url: endpoint.url }, maxConcurrency: 1 });
    const id = await createWorkflow(service, [{ jobId: limited }]);
    const runs = [await triggerWorkflow(service, id), await triggerWorkflow(service, id)];
    expect((await service.call('DELETE', `/api/v1/scheduler/jobs/${limited}`)).status).toBe(204);
    for (const runId of runs) {
      expect(await endedRun(service, runId)).toMatchObject({
        status: 'Failed',
        steps: [{ status: 'Cancelled' }],
      });
    }
    const { rows } = await sql.query('SELECT active FROM flow_slots WHERE job_id = $1', [limited]);
    expect(rows).toEqual([{ active: 0 }]);
  });

  it('goes on with a cancellation that was broken off', async () => {
    const id = await createWorkflow(service, [{ jobId: await insertJob(sql) }]);
    const runId = await triggerWorkflow(service, id);
    await sql.query(
      `UPDATE workflow_runs SET cancel_requested_at = now() - interval '1 minute', cancel_reason = 'enough' WHERE id = $1`,
      [runId],
    );
    expect(await service.app.get(RunMaintenance, { strict: false }).cancelOnce()).toBe(1);
    expect(await endedRun(service, runId)).toMatchObject({
      status: 'Cancelled',
      steps: [{ status: 'Cancelled', errorMessage: 'enough' }],
    });
  });

  it('removes runs that are old enough, and no others', async () => {
    const id = await createWorkflow(service, [{ jobId: await insertJob(sql) }]);
    const [old, young] = [await triggerWorkflow(service, id), await triggerWorkflow(service, id)];
    await service.call('POST', `${WORKFLOWS}/runs/${old}/cancel`);
    await service.call('POST', `${WORKFLOWS}/runs/${young}/cancel`);
    await sql.query(`UPDATE workflow_runs SET finished_at = now() - interval '31 days' WHERE id = $1`, [old]);
    expect(await service.app.get(RunMaintenance, { strict: false }).purge(30)).toBe(1);
    expect((await runsOf(id)).map((run) => run.id)).toEqual([young]);
  });
});
