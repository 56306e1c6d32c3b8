import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { createJob, JOBS, MINIMAL_JOB, startApi } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

const AUDIT = '/api/v1/scheduler/admin/audit';

interface Entry {
  actor: string;
  role: string;
  operation: string;
  method: string;
  path: string;
  targetId: string | null;
  status: number;
  before: { state?: string } | null;
  after: Record<string, unknown> | null;
  requestId: string;
  at: string;
}

let service: TestService;

beforeAll(async () => {
  service = await startApi();
});
afterAll(() => service.stop());

async function entries(query: string): Promise<Entry[]> {
  const answer = await service.call('GET', `${AUDIT}?${query}`);
  expect(answer.status).toBe(200);
  return answer.body.items as Entry[];
}

describe('the audit trail', () => {
  it('says who changed what and when, with the job before and after', async () => {
    const { id } = await createJob(service);
    const token = service.token('operator', { subject: 'mona' });
    const answer = await service.call('POST', `${JOBS}/${id}/pause`, undefined, { token });
    const [paused, created] = await entries(`targetId=${id}`);
    expect(paused).toMatchObject({
      actor: 'mona',
      role: 'operator',
      operation: 'pauseJob',
      method: 'POST',
      path: `${JOBS}/${id}/pause`,
      targetId: id,
      status: 200,
      before: { state: 'enabled' },
      after: { state: 'paused' },
      requestId: answer.headers.get('x-request-id'),
    });
    expect(created).toMatchObject({ operation: 'createJob', status: 201, before: null, after: { id } });
  });

  it('keeps the createdBy that a creation names beside who really called', async () => {
    const { id } = await createJob(service, { createdBy: 'ops-team' });
    expect(await entries(`targetId=${id}`)).toMatchObject([
      { operation: 'createJob', actor: 'tester', after: { createdBy: 'ops-team' } },
    ]);
  });

  it('lists the newest first, also where their numbers get longer', async () => {
    const { id } = await createJob(service);
    const sql = new pg.Client({ connectionString: service.databaseUrl });
    await sql.connect();
    await sql.query('ALTER TABLE audit_log ALTER COLUMN id RESTART WITH 998');
    await sql.end();
    const names = ['one', 'two', 'three', 'four'];
    for (const name of names) await service.call('PUT', `${JOBS}/${id}`, { name });
    const found = await entries(`targetId=${id}&operation=updateJob`);
    const told = found.map(({ after }) => (after?.definition as { name: string }).name);
    expect(told).toEqual(names.toReversed());
  });

  it('says of workflows what they were before and are after', async () => {
    const [one, two] = [await createJob(service), await createJob(service)];
    const workflows = '/api/v1/scheduler/workflows';
    const jobs = [{ jobId: one.id }, { jobId: two.id, dependsOn: [one.id] }];
    const created = await service.call('POST', workflows, { name: 'first', jobs });
    const path = `${workflows}/${created.body.id}`;
    await service.call('PUT', path, { name: 'second', jobs: [{ jobId: one.id }] });
    const run = (await service.call('POST', `${path}/trigger`)).body as string;
    await service.call('POST', `${workflows}/runs/${run}/cancel`);
    await service.call('DELETE', path);
    const found = await eventually(
      () => entries(`targetId=${created.body.id}`),
      (list) => list.length === 4,
    );
    const steps = (count: number) => ({ definition: { steps: Array(count).fill(expect.anything()) } });
    expect(found).toMatchObject([
      { operation: 'deleteWorkflow', status: 204, before: { name: 'second' }, after: null },
      { operation: 'triggerWorkflow', status: 202, after: { response: expect.stringContaining(run) } },
      {
        operation: 'updateWorkflow',
        status: 200,
        before: { name: 'first', version: 1, ...steps(2) },
        after: { name: 'second', version: 2, ...steps(1) },
      },
      { operation: 'createWorkflow', status: 201, before: null, after: { name: 'first' } },
    ]);
    expect(await entries(`targetId=${run}`)).toMatchObject([
      { operation: 'cancelWorkflowRun', before: { state: 'running' }, after: { cancelRequested: true } },
    ]);
  });

  it('says of secrets who changed their hosts, never their value', async () => {
    const secrets = '/api/v1/scheduler/secrets';
    await service.call('POST', secrets, { name: 'AUDITED', value: 'hush-one', allowedHosts: ['a.example'] });
    await service.call('PUT', `${secrets}/AUDITED`, { value: 'hush-two', allowedHosts: ['b.example'] });
    await service.call('DELETE', `${secrets}/AUDITED`);
    const found = await entries('targetId=AUDITED');
    expect(found).toMatchObject([
      { operation: 'deleteSecret', before: { allowedHosts: ['b.example'] }, after: null },
      {
        operation: 'updateSecret',
        before: { allowedHosts: ['a.example'] },
        after: { allowedHosts: ['b.example'] },
      },
    ]);
    expect(JSON.stringify(await entries('actor=tester'))).not.toContain('hush-');
  });

  it('keeps no secret', async () => {
    const { id } = await createJob(service, {
      jobConfiguration: { url: 'http://127.0.0.1:9/', headers: { Authorization: 'Bearer hush' } },
    });
    await service.call('PUT', `${JOBS}/${id}`, { description: 'new' });
    const found = await entries(`targetId=${id}`);
    expect(found).toHaveLength(2);
    expect(JSON.stringify(found)).not.toContain('hush');
  });

  it.each([
    ['a refused role', 'viewer' as const, MINIMAL_JOB, 403],
    ['a faulty request', 'operator' as const, { ...MINIMAL_JOB, name: '' }, 400],
  ])('records %s with its status', async (what, role, body, status) => {
    const subject = `somebody with ${what}`;
    const answer = await service.call('POST', JOBS, body, { token: service.token(role, { subject }) });
    expect(answer.status).toBe(status);
    const found = await eventually(
      () => entries(`actor=${encodeURIComponent(subject)}`),
      (list) => list.length > 0,
    );
    expect(found).toMatchObject([{ operation: 'createJob', status, before: null, after: null }]);
  });

  it('records triggers', async () => {
    const { id } = await createJob(service);
    await service.call('POST', `${JOBS}/${id}/trigger`);
    const [found] = await eventually(
      () => entries(`targetId=${id}&operation=triggerJob`),
      (list) => list.length > 0,
    );
    expect(found).toMatchObject({ status: 202 });
  });

  it('does not record what only reads', async () => {
    const subject = 'reader';
    await service.call('GET', JOBS, undefined, { token: service.token('viewer', { subject }) });
    expect(await entries(`actor=${subject}`)).toEqual([]);
  });

  it('is paged and filtered by instant', async () => {
    const subject = 'pager';
    const token = service.token('operator', { subject });
    for (const name of ['one', 'two', 'three']) await createJob(service, { name }, { token });
    const first = await service.call('GET', `${AUDIT}?actor=${subject}&pageSize=2`);
    expect(first.body).toMatchObject({ totalCount: 3, pageNumber: 1, pageSize: 2 });
    expect(first.body.items).toHaveLength(2);
    const [newest] = first.body.items as Entry[];
    const from = encodeURIComponent(newest?.at ?? '');
    expect((await entries(`actor=${subject}&from=${from}`)).map(({ after }) => after?.name)).toContain(
      'three',
    );
    expect(await entries(`actor=${subject}&to=2020-01-01T00:00:00Z`)).toEqual([]);
  });

  it('is append-only', async () => {
    await createJob(service);
    const sql = new pg.Client({ connectionString: service.databaseUrl });
    await sql.connect();
    try {
      await expect(sql.query(`UPDATE audit_log SET actor = 'nobody'`)).rejects.toThrow('append-only');
      await expect(sql.query('DELETE FROM audit_log')).rejects.toThrow('append-only');
      await expect(sql.query('TRUNCATE audit_log')).rejects.toThrow('append-only');
    } finally {
      await sql.end();
    }
  });

  it('is for admins of every project alone', async () => {
    for (const token of [service.token('operator'), service.token('admin', { projects: ['default'] })]) {
      expect((await service.call('GET', AUDIT, undefined, { token })).status).toBe(403);
    }
  });
});
