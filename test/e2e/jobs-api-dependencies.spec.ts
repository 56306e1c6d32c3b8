import { eventually } from '../support/eventually.js';
import { type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, fieldsOf422, V1_JOBS, V1_RUNS, type V1Job } from '../support/jobs-api.js';
import { startService, type Answer, type TestService } from '../support/service.js';

const UNKNOWN = '01890000-0000-7000-8000-000000000000';

let service: TestService;
let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    request.resume();
    response.writeHead(request.url === '/broken' ? 500 : 200).end();
  });
  service = await startService();
});
afterAll(async () => {
  await service.stop();
  await endpoint.close();
});

const job = (change: object = {}): Promise<V1Job> =>
  createV1Job(service, { endpoint_url: `${endpoint.origin}/fine`, max_attempts: 1, ...change });
const link = (dependent: V1Job, on: { id: string }, condition?: string): Promise<Answer> =>
  service.call('POST', `${V1_JOBS}/${dependent.id}/dependencies`, { depends_on_job_id: on.id, condition });
const links = async (dependent: V1Job) =>
  (await service.call('GET', `${V1_JOBS}/${dependent.id}/dependencies`)).body;
const trigger = (of: { id: string }, body: object = {}): Promise<Answer> =>
  service.call('POST', `${V1_JOBS}/${of.id}/trigger`, body);
const run = async (id: string) => (await service.call('GET', `${V1_RUNS}/${id}`)).body;
const ended = (id: string) =>
  eventually(
    () => run(id),
    ({ finished_at }) => finished_at !== null,
  );

describe('dependencies', () => {
  it('are created, listed and deleted one by one, and keep their ids', async () => {
    const [first, second, dependent] = [await job(), await job(), await job()];
    const made = await link(dependent, first);
    expect(made).toMatchObject({
      status: 201,
      body: { job_id: dependent.id, depends_on_job_id: first.id, condition: 'completed' },
    });
    const other = await link(dependent, second, 'failed');
    expect(await links(dependent)).toEqual([made.body, other.body]);
    expect(await link(dependent, first, 'any')).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    });
    const path = `${V1_JOBS}/${dependent.id}/dependencies`;
    expect((await service.call('DELETE', `${path}/${made.body.id}`)).status).toBe(204);
    expect((await service.call('DELETE', `${path}/${made.body.id}`)).status).toBe(404);
    expect(
      (await service.call('DELETE', `${V1_JOBS}/${first.id}/dependencies/${other.body.id}`)).status,
    ).toBe(404);
    expect(await links(dependent)).toEqual([other.body]);
    expect((await service.call('DELETE', `${path}/${other.body.id}`)).status).toBe(204);
    const free = await trigger(dependent);
    expect(await ended(free.body.id as string)).toMatchObject({ status: 'completed', lineage_depth: 0 });
  });

  it('refuse unknown jobs, the job itself, cycles, and chains that are too long', async () => {
    const [a, b] = [await job(), await job()];
    for (const id of [UNKNOWN, 'nonsense', a.id])
      expect(fieldsOf422(await link(a, { id }))).toEqual(['depends_on_job_id']);
    await link(a, b);
    const cycle = await link(b, a);
    expect(fieldsOf422(cycle)).toEqual(['depends_on_job_id']);
    expect(cycle.body.error.message).toContain('wait for itself');
    let last = a;
    for (let hops = 2; hops <= 9; hops++) {
      const next = await job();
      expect((await link(next, last)).status).toBe(201);
      last = next;
    }
    expect(fieldsOf422(await link(await job(), last))).toEqual(['depends_on_job_id']);
    expect(fieldsOf422(await link(b, await job()))).toEqual(['depends_on_job_id']);
  });

  it.each([
    ['completed', 'broken', 'completed'],
    ['succeeded', 'broken', 'canceled'],
    ['failed', 'broken', 'completed'],
    ['failed', 'fine', 'canceled'],
    ['any', 'fine', 'completed'],
  ])('on the condition %s of one that is %s let the run be %s', async (condition, path, status) => {
    const first = await job({ endpoint_url: `${endpoint.origin}/${path}` });
    const dependent = await job();
    await link(dependent, first, condition);
    const waiting = (await trigger(dependent)).body;
    expect(waiting.status).toBe('waiting');
    const before = (await trigger(first)).body;
    await ended(before.id as string);
    const after = await ended(waiting.id as string);
    expect(after).toMatchObject({ status, lineage_depth: status === 'completed' ? 1 : 0 });
  });

  it('depend on the state that the caller knows, where it says so', async () => {
    const [first, dependent] = [await job(), await job()];
    const headers = { 'if-match': '"999-x"' };
    const path = `${V1_JOBS}/${dependent.id}/dependencies`;
    const late = await service.call('POST', path, { depends_on_job_id: first.id }, { headers });
    expect(late).toMatchObject({ status: 412, body: { error: { code: 'precondition_failed' } } });
    expect(await links(dependent)).toEqual([]);
  });
});

describe('the lineage of a run', () => {
  it('grows by continuations and dependencies, and is shown', async () => {
    const [origin, next, dependent] = [await job(), await job(), await job()];
    const first = (await trigger(origin)).body;
    const child = (await trigger(origin, { parent_run_id: first.id })).body;
    expect(child).toMatchObject({ parent_run_id: first.id, continuation_of: null, lineage_depth: 0 });
    await link(dependent, next);
    const waiting = (await trigger(dependent)).body;
    const continued = (await trigger(next, { continuation_of: first.id })).body;
    expect(continued).toMatchObject({ continuation_of: first.id, lineage_depth: 1 });
    await ended(continued.id as string);
    expect(await ended(waiting.id as string)).toMatchObject({ status: 'completed', lineage_depth: 2 });
  });

  it('is refused at 10', async () => {
    const { id } = await job();
    let last = (await trigger({ id })).body;
    for (let depth = 1; depth <= 9; depth++) {
      last = (await trigger({ id }, { continuation_of: last.id })).body;
      expect(last.lineage_depth).toBe(depth);
    }
    expect(fieldsOf422(await trigger({ id }, { continuation_of: last.id }))).toEqual(['continuation_of']);
    const items = [{}, { continuation_of: last.id }];
    const bulk = await service.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items });
    expect(fieldsOf422(bulk)).toEqual(['items.1.continuation_of']);
  });

  it('names runs of the same project alone', async () => {
    const { id } = await job();
    const foreign = (await trigger(await job({ project_id: 'elsewhere' }))).body.id as string;
    for (const run_id of [UNKNOWN, 'nonsense', foreign]) {
      expect(fieldsOf422(await trigger({ id }, { parent_run_id: run_id }))).toEqual(['parent_run_id']);
      expect(fieldsOf422(await trigger({ id }, { continuation_of: run_id }))).toEqual(['continuation_of']);
    }
  });
});
