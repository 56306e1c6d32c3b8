import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, fieldsAtFault, UNKNOWN_ID } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';
import type { ServerResponse } from 'node:http';

const WORKFLOWS = '/api/v1/scheduler/workflows';

interface Step {
  jobId: string;
  status: string;
  executionId: string | null;
  executionStatus: string | null;
  errorMessage: string | null;
}

interface Run {
  id: string;
  status: string;
  cancelRequested: boolean;
  completedAt: string | null;
  steps: Step[];
}

let service: TestService;
let endpoint: Endpoint;
const bodies = new Map<string, unknown>();
const waiting = new Map<string, ServerResponse>();

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    void bodyOf(request).then((body) => {
      const path = request.url ?? '';
      bodies.set(path, body === '' ? null : JSON.parse(body));
      if (path.startsWith('/wait')) {
        waiting.set(path, response);
        return;
      }
      response.writeHead(path.startsWith('/fail') ? 422 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ from: path }));
    });
  });
  service = await startService();
});
afterAll(async () => {
  await service.stop();
  await endpoint.close();
});
beforeEach(() => bodies.clear());

async function jobCalling(path: string): Promise<string> {
  const job = await createJob(service, {
    name: `Calls ${path}`,
    jobConfiguration: { url: endpoint.origin + path, method: 'POST' },
  });
  return job.id;
}

async function createWorkflow(jobs: object[], change: object = {}): Promise<string> {
  const answer = await service.call('POST', WORKFLOWS, { name: 'A workflow', jobs, ...change });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  expect(answer.headers.get('location')).toBe(`${WORKFLOWS}/${answer.body.id}`);
  return answer.body.id as string;
}

async function trigger(workflowId: string, body?: object): Promise<string> {
  const answer = await service.call('POST', `${WORKFLOWS}/${workflowId}/trigger`, body);
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe(`${WORKFLOWS}/runs/${answer.body}`);
  return answer.body as string;
}

const read = async (runId: string): Promise<Run> =>
  (await service.call('GET', `${WORKFLOWS}/runs/${runId}`)).body as Run;

const ended = (runId: string): Promise<Run> =>
  eventually(
    () => read(runId),
    (run) => run.completedAt !== null,
  );

const statuses = (run: Run): string[] => run.steps.map(({ status }) => status);

describe('a run of a workflow', () => {
  it('runs a diamond in order, handing outputs on', async () => {
    const [top, left, right, bottom] = await Promise.all(
      ['/top', '/left', '/right', '/bottom'].map(jobCalling),
    );
    const id = await createWorkflow([
      { jobId: bottom, dependsOn: [left, right] },
      { jobId: left, dependsOn: [top] },
      { jobId: right, dependsOn: [top] },
      { jobId: top },
    ]);
    const run = await ended(await trigger(id, { payload: { warehouse: 'Leeds' } }));
    expect(run).toMatchObject({
      status: 'Succeeded',
      workflowId: id,
      trigger: 'Manual',
      createdBy: 'tester',
    });
    expect(statuses(run)).toEqual(['Succeeded', 'Succeeded', 'Succeeded', 'Succeeded']);
    expect(bodies.get('/top')).toEqual({ warehouse: 'Leeds' });
    expect(bodies.get('/bottom')).toEqual({
      warehouse: 'Leeds',
      steps: {
        [left ?? '']: { output: expect.objectContaining({ body: { from: '/left' } }) },
        [right ?? '']: { output: expect.objectContaining({ body: { from: '/right' } }) },
      },
    });
    const execution = await service.call('GET', `${EXECUTIONS}/${run.steps[0]?.executionId}`);
    expect(execution.body).toMatchObject({ trigger: 'Workflow', status: 'Succeeded', jobId: bottom });
    const runs = await service.call('GET', `${WORKFLOWS}/${id}/runs`);
    expect(runs.body).toMatchObject({ totalCount: 1, items: [{ id: run.id, status: 'Succeeded' }] });
  });

  it('stops at a failure: what needs it is skipped, what is there for it runs', async () => {
    const [failing, next, afterNext, rescue, always] = await Promise.all(
      ['/fail', '/next', '/after-next', '/rescue', '/always'].map(jobCalling),
    );
    const id = await createWorkflow([
      { jobId: failing },
      { jobId: next, dependsOn: [failing] },
      { jobId: afterNext, dependsOn: [next] },
      { jobId: rescue, dependsOn: [failing], condition: 'AllFailed' },
      { jobId: always, dependsOn: [failing, next], condition: 'AllCompleted' },
    ]);
    const run = await ended(await trigger(id));
    expect(run.status).toBe('Failed');
    expect(statuses(run)).toEqual(['Failed', 'Skipped', 'Skipped', 'Succeeded', 'Succeeded']);
    expect(run.steps[0]?.errorMessage).toContain('422');
    expect(run.steps[1]).toMatchObject({ executionId: null, errorMessage: expect.any(String) });
  });

  it('goes on after a failure that may be', async () => {
    const [failing, good, next, either] = await Promise.all(
      ['/fail-2', '/good', '/next-2', '/either'].map(jobCalling),
    );
    const id = await createWorkflow([
      { jobId: failing, onFailure: 'Continue' },
      { jobId: good },
      { jobId: next, dependsOn: [failing, good] },
      { jobId: either, dependsOn: [next, good], condition: 'AnySucceeded' },
    ]);
    const run = await ended(await trigger(id));
    expect(run.status).toBe('Succeeded');
    expect(statuses(run)).toEqual(['Failed', 'Succeeded', 'Succeeded', 'Succeeded']);
  });

  it('is cancelled: what runs is stopped, what has not started never does', async () => {
    const [slow, next] = await Promise.all(['/wait-1', '/never'].map(jobCalling));
    const id = await createWorkflow([
      { jobId: slow },
      { jobId: next, dependsOn: [slow], condition: 'AllCompleted' },
    ]);
    const runId = await trigger(id);
    await eventually(
      () => waiting.has('/wait-1'),
      (calls) => calls,
    );
    const answer = await service.call('POST', `${WORKFLOWS}/runs/${runId}/cancel`);
    expect([answer.status, answer.body.cancelRequested]).toEqual([200, true]);
    const run = await ended(runId);
    expect(run.status).toBe('Cancelled');
    expect(statuses(run)).toEqual(['Cancelled', 'Skipped']);
    expect(bodies.has('/never')).toBe(false);
    const again = await service.call('POST', `${WORKFLOWS}/runs/${runId}/cancel`);
    expect([again.status, again.body.code]).toEqual([409, 'workflow_run_finished']);
  });

  it('fails clearly at a job that has been deleted', async () => {
    const [gone, next] = await Promise.all(['/gone', '/after-gone'].map(jobCalling));
    const id = await createWorkflow([{ jobId: gone }, { jobId: next, dependsOn: [gone] }]);
    await service.call('DELETE', `/api/v1/scheduler/jobs/${gone}`);
    const run = await ended(await trigger(id));
    expect(run.status).toBe('Failed');
    expect(run.steps).toMatchObject([
      { status: 'Failed', executionId: null, errorMessage: 'Its job has been deleted.' },
      { status: 'Skipped' },
    ]);
  });
});

describe('a workflow', () => {
  it('can be read, listed, changed and deleted', async () => {
    const [first, second] = await Promise.all(['/a', '/b'].map(jobCalling));
    const jobs = [
      { jobId: first, dependsOn: [], condition: 'AllSucceeded', onFailure: 'Continue' },
      { jobId: second, dependsOn: [first], condition: 'AllFailed', onFailure: 'Stop' },
    ];
    const id = await createWorkflow(jobs, { description: 'Two jobs' });
    const got = await service.call('GET', `${WORKFLOWS}/${id}`);
    expect(got.body).toMatchObject({ id, description: 'Two jobs', jobs, schedule: null, version: 1 });
    expect((await service.call('GET', `${WORKFLOWS}?pageSize=1`)).body.items).toMatchObject([{ id }]);

    const renamed = await service.call('PUT', `${WORKFLOWS}/${id}`, { name: 'Renamed' });
    expect(renamed.body).toMatchObject({ name: 'Renamed', description: 'Two jobs', jobs, version: 1 });
    const changed = await service.call('PUT', `${WORKFLOWS}/${id}`, { jobs: [{ jobId: second }] });
    expect(changed.body).toMatchObject({ version: 2, jobs: [{ jobId: second, dependsOn: [] }] });

    const runId = await trigger(id);
    expect((await service.call('DELETE', `${WORKFLOWS}/${id}`)).status).toBe(204);
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['POST', '/trigger'],
      ['GET', '/runs'],
    ]) {
      const body = method === 'PUT' ? { name: 'x' } : undefined;
      const answer = await service.call(method ?? '', `${WORKFLOWS}/${id}${path}`, body);
      expect([method, path, answer.status, answer.body.code]).toEqual([
        method,
        path,
        404,
        'workflow_not_found',
      ]);
    }
    expect((await ended(runId)).status).toBe('Succeeded');
  });

  it('is refused with a reason', async () => {
    const [a = '', b = ''] = await Promise.all(['/x', '/y'].map(jobCalling));
    const create = (jobs: unknown) => service.call('POST', WORKFLOWS, { name: 'A workflow', jobs });
    const cycle = await create([
      { jobId: a, dependsOn: [b] },
      { jobId: b, dependsOn: [a] },
    ]);
    expect(fieldsAtFault(cycle)).toEqual(['jobs']);
    expect(cycle.body.detail).toMatch(new RegExp(`${a} → ${b} → ${a}|${b} → ${a} → ${b}`));
    expect(fieldsAtFault(await create([{ jobId: UNKNOWN_ID }]))).toEqual(['jobs.0.jobId']);
    expect(fieldsAtFault(await create([{ jobId: a }, { jobId: a }]))).toEqual(['jobs.1.jobId']);
    expect(fieldsAtFault(await create([{ jobId: a, dependsOn: [b] }]))).toEqual(['jobs.0.dependsOn.0']);
    expect(fieldsAtFault(await create([{ jobId: a, condition: 'AllFailed' }]))).toEqual(['jobs.0.condition']);
    expect(fieldsAtFault(await create([]))).toEqual(['jobs']);
  });

  it.each<[string, object]>([
    ['jobs.0.condition', { condition: 'AllDone' }],
    ['jobs.0.onFailure', { onFailure: 'Retry' }],
  ])('says so of a bad %s in %j', async (field, change) => {
    const jobs = [{ jobId: UNKNOWN_ID, ...change }];
    expect(fieldsAtFault(await service.call('POST', WORKFLOWS, { name: 'A workflow', jobs }))).toEqual([
      field,
    ]);
  });

  it('fills in condition and onFailure', async () => {
    const jobId = await jobCalling('/default');
    const { body } = await service.call('GET', `${WORKFLOWS}/${await createWorkflow([{ jobId }])}`);
    expect(body.jobs).toEqual([{ jobId, dependsOn: [], condition: 'AllSucceeded', onFailure: 'Stop' }]);
  });

  it('does not start while the whole scheduler is paused', async () => {
    const id = await createWorkflow([{ jobId: await jobCalling('/paused') }]);
    await service.call('POST', '/api/v1/scheduler/admin/pause-all');
    try {
      const refused = await service.call('POST', `${WORKFLOWS}/${id}/trigger`);
      expect([refused.status, refused.body.code]).toEqual([400, 'scheduler_paused']);
    } finally {
      await service.call('POST', '/api/v1/scheduler/admin/resume-all');
    }
    expect((await ended(await trigger(id))).status).toBe('Succeeded');
  });

  it('holds between two steps while the whole scheduler is paused, and goes on after it', async () => {
    const [first, second] = [await jobCalling('/wait-held'), await jobCalling('/after-held')];
    const run = await trigger(
      await createWorkflow([{ jobId: first }, { jobId: second, dependsOn: [first] }]),
    );
    const response = await eventually(
      () => waiting.get('/wait-held'),
      (held) => held !== undefined,
    );
    await service.call('POST', '/api/v1/scheduler/admin/pause-all');
    try {
      response?.end('{}');
      const { steps } = await eventually(
        () => read(run),
        (state) => state.steps[0]?.status === 'Succeeded',
      );
      expect(steps[1]).toMatchObject({ status: 'Pending', executionStatus: 'Pending' });
      expect(bodies.has('/after-held')).toBe(false);
    } finally {
      await service.call('POST', '/api/v1/scheduler/admin/resume-all');
    }
    expect((await ended(run)).status).toBe('Succeeded');
  });

  it('is out of reach for other projects, and for viewers to change', async () => {
    const id = await createWorkflow([{ jobId: await jobCalling('/p') }]);
    const token = service.token('operator', { projects: ['elsewhere'] });
    expect((await service.call('GET', `${WORKFLOWS}/${id}`, undefined, { token })).status).toBe(404);
    expect((await service.call('GET', WORKFLOWS, undefined, { token })).body.totalCount).toBe(0);
    const viewer = service.token('viewer');
    expect((await service.call('POST', `${WORKFLOWS}/${id}/trigger`, {}, { token: viewer })).status).toBe(
      403,
    );
    const unknown = await service.call('GET', `${WORKFLOWS}/runs/${UNKNOWN_ID}`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'workflow_run_not_found']);
  });
});
