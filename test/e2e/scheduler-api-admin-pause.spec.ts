import pg from 'pg';
import { startCountingEndpoint, type CountingEndpoint } from '../support/counting-endpoint.js';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, JOBS } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const ADMIN = '/api/v1/scheduler/admin';

let service: TestService;
let endpoint: CountingEndpoint;
let sql: pg.Client;

beforeAll(async () => {
  endpoint = await startCountingEndpoint();
  service = await startService({ env: { WORKER_CONCURRENCY: '1' } });
  sql = new pg.Client({ connectionString: service.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await service.stop();
  await endpoint.close();
});
afterEach(async () => {
  endpoint.release();
  await service.call('POST', `${ADMIN}/resume-all`);
});

const job = (path: string, change: object = {}): Promise<{ id: string }> =>
  createJob(service, { jobConfiguration: { url: endpoint.url + path }, ...change });
const statusOf = async (id: string): Promise<string> =>
  ((await service.call('GET', `${JOBS}/${id}`)).body as { status: string }).status;
const executionStatus = async (id: string): Promise<string> =>
  ((await service.call('GET', `${EXECUTIONS}/${id}`)).body as { status: string }).status;
const trigger = async (id: string): Promise<string> =>
  (await service.call('POST', `${JOBS}/${id}/trigger`)).body as string;

describe('pausing everything', () => {
  it('sets every enabled job to Paused and answers how many', async () => {
    await service.call('POST', `${ADMIN}/resume-all`);
    const [one, two] = [await job('/ok'), await job('/ok')];
    const disabled = await job('/ok', { isEnabled: false });
    const before = await service.call('GET', `${JOBS}?status=Enabled`);
    const answer = await service.call('POST', `${ADMIN}/pause-all`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ count: before.body.totalCount });
    expect(await Promise.all([one, two, disabled].map(({ id }) => statusOf(id)))).toEqual([
      'Paused',
      'Paused',
      'Disabled',
    ]);
    expect((await service.call('POST', `${ADMIN}/pause-all`)).body).toEqual({ count: 0 });
  });

  it('lets running executions finish and starts nothing that is queued', async () => {
    const slow = await job(`/slow`);
    const quick = await job('/quick');
    const running = await trigger(slow.id);
    await eventually(
      () => executionStatus(running),
      (status) => status === 'Running',
    );
    const queued = await trigger(quick.id);
    await service.call('POST', `${ADMIN}/pause-all`);
    endpoint.release();
    await eventually(
      () => executionStatus(running),
      (status) => status === 'Succeeded',
    );
    // The only place of the worker is free now; still nothing takes it.
    const later = await job('/later');
    const refused = await service.call('POST', `${JOBS}/${later.id}/trigger`);
    expect(refused.status).toBe(400);
    expect(await executionStatus(queued)).toBe('Pending');
    expect(endpoint.received.filter(({ path }) => path === '/quick')).toHaveLength(0);
    await service.call('POST', `${ADMIN}/resume-all`);
    await eventually(
      () => executionStatus(queued),
      (status) => status === 'Succeeded',
    );
  });

  it.each([
    ['a plain job', {}],
    ['a job that is limited', { maxConcurrency: 2 }],
  ])('refuses new triggers of %s with scheduler_paused', async (_name, change) => {
    const { id } = await job('/ok', change);
    await service.call('POST', `${ADMIN}/pause-all`);
    const refused = await service.call('POST', `${JOBS}/${id}/trigger`);
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'scheduler_paused' });
    const history = await service.call('GET', `${JOBS}/${id}/executions`);
    expect(history.body.totalCount).toBe(0);
    await service.call('POST', `${ADMIN}/resume-all`);
    expect((await service.call('POST', `${JOBS}/${id}/trigger`)).status).toBe(202);
  });
});

describe('asking for runs while everything is paused', () => {
  it('refuses retries, triggers of many and runs of workflows alike, with scheduler_paused', async () => {
    const { id } = await job('/refused', {
      jobConfiguration: { url: `${endpoint.url}/x`, expectedStatuses: [418] },
    });
    const failed = await trigger(id);
    await eventually(
      () => executionStatus(failed),
      (status) => status === 'Failed',
    );
    const { body: workflow } = await service.call('POST', '/api/v1/scheduler/workflows', {
      name: 'refused',
      jobs: [{ jobId: id }],
    });
    await service.call('POST', `${ADMIN}/pause-all`);
    const refused = [
      await service.call('POST', `${EXECUTIONS}/${failed}/retry`),
      await service.call('POST', `${JOBS}/bulk/trigger`, { ids: [id] }),
      await service.call('POST', `/api/v1/scheduler/workflows/${workflow.id}/trigger`),
    ];
    for (const { status, body } of refused)
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'scheduler_paused' });
  });
});

describe('resuming everything', () => {
  it('restores all paused jobs, answers how many, and re-arms their schedules', async () => {
    const { id } = await job('/again', { intervalSeconds: 1 });
    const { id: pausedAlone } = await job('/ok');
    await service.call('POST', `${JOBS}/${pausedAlone}/pause`);
    await service.call('POST', `${ADMIN}/pause-all`);
    const paused = await service.call('GET', `${JOBS}?status=Paused`);
    const calls = (): number => endpoint.received.filter(({ path }) => path === '/again').length;
    const answer = await service.call('POST', `${ADMIN}/resume-all`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ count: paused.body.totalCount });
    expect(await Promise.all([id, pausedAlone].map(statusOf))).toEqual(['Enabled', 'Enabled']);
    const before = calls();
    await eventually(calls, (count) => count > before);
    await service.call('DELETE', `${JOBS}/${id}`);
  });

  it('records what was due in a pause within the misfire grace as skipped, reason paused', async () => {
    const { id } = await job('/skipped', { misfireGraceSeconds: 3600 });
    await service.call('POST', `${ADMIN}/pause-all`);
    const dueAt = new Date(Date.now() - 60_000);
    await sql.query('UPDATE job_clocks SET paused_run_at = $2 WHERE job_id = $1', [id, dueAt]);
    await service.call('POST', `${ADMIN}/resume-all`);
    const { rows } = await sql.query(
      'SELECT scheduled_for, result, reason FROM occurrences WHERE job_id = $1',
      [id],
    );
    expect(rows).toEqual([{ scheduled_for: dueAt, result: 'skipped', reason: 'paused' }]);
    expect(endpoint.received.filter(({ path }) => path === '/skipped')).toHaveLength(0);
  });

  it('leaves what was due in a longer pause to the misfire policy', async () => {
    const { id } = await job('/missed', { misfireGraceSeconds: 10, misfirePolicy: 'fireOnce' });
    await service.call('POST', `${ADMIN}/pause-all`);
    await sql.query(`UPDATE job_clocks SET paused_run_at = now() - interval '1 minute' WHERE job_id = $1`, [
      id,
    ]);
    await service.call('POST', `${ADMIN}/resume-all`);
    await eventually(
      () => endpoint.received.filter(({ path }) => path === '/missed').length,
      (calls) => calls === 1,
    );
  });
});

describe('the policy AdminOnly', () => {
  it.each([
    ['POST', 'pause-all'],
    ['POST', 'resume-all'],
    ['DELETE', 'clear-logs'],
  ])('keeps operators from %s %s', async (method, path) => {
    const answer = await service.call(method, `${ADMIN}/${path}`, undefined, {
      token: service.token('operator'),
    });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'role_insufficient' });
  });

  it('keeps admins of some projects from what reaches into all', async () => {
    const token = service.token('admin', { projects: ['default'] });
    const answer = await service.call('POST', `${ADMIN}/pause-all`, undefined, { token });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'all_projects_needed' });
  });
});
