import { createJob, fieldsAtFault, JOBS, startApi, UNKNOWN_ID } from '../support/scheduler-api.js';
import type { Answer, TestService } from '../support/service.js';

const ADMIN = '/api/v1/scheduler/admin';

let service: TestService;

beforeAll(async () => {
  service = await startApi();
});
afterAll(() => service.stop());

/** Jobs that no other test of this file knows, by a tag of their own. */
async function tagged(tag: string, count: number, change: object = {}): Promise<string[]> {
  const jobs = [];
  for (let i = 0; i < count; i++) jobs.push(await createJob(service, { tags: [tag], ...change }));
  return jobs.map(({ id }) => id);
}

const bulk = (operation: string, body: object, query = ''): Promise<Answer> =>
  service.call('POST', `${JOBS}/bulk/${operation}${query}`, body);

async function statuses(tag: string): Promise<string[]> {
  const answer = await service.call('GET', `${JOBS}?tag=${tag}&sortBy=createdAt`);
  return (answer.body.items as { status: string }[]).map(({ status }) => status);
}

describe('bulk operations', () => {
  it('pause and resume the jobs of a filter, passing over those they do not apply to', async () => {
    const [first] = await tagged('pausing', 3);
    await tagged('pausing', 1, { isEnabled: false });
    await service.call('POST', `${JOBS}/${first}/pause`);
    const paused = await bulk('pause', { filter: { tag: 'pausing' } });
    expect(paused.status).toBe(200);
    expect(paused.body).toEqual({ count: 2 });
    expect(await statuses('pausing')).toEqual(['Paused', 'Paused', 'Paused', 'Disabled']);
    expect((await bulk('resume', { filter: { tag: 'pausing', status: 'Paused' } })).body).toEqual({
      count: 3,
    });
    expect(await statuses('pausing')).toEqual(['Enabled', 'Enabled', 'Enabled', 'Disabled']);
  });

  it('keep the clock of a job that is paused and resumed', async () => {
    const [id] = await tagged('clock', 1);
    const nextRunAt = async (): Promise<string | null> =>
      ((await service.call('GET', `${JOBS}/${id}`)).body as { nextRunAt: string | null }).nextRunAt;
    const before = await nextRunAt();
    await bulk('pause', { ids: [id] });
    expect(await nextRunAt()).toBeNull();
    await bulk('resume', { ids: [id] });
    expect(await nextRunAt()).toBe(before);
  });

  it('trigger each of the given jobs once, and pass over ids of no job', async () => {
    const ids = [...(await tagged('plain', 2)), ...(await tagged('limited', 1, { maxConcurrency: 1 }))];
    const answer = await bulk('trigger', { ids: [...ids, UNKNOWN_ID] });
    expect(answer.body).toEqual({ count: 3 });
    for (const id of ids) {
      const history = await service.call('GET', `${JOBS}/${id}/executions`);
      expect(history.body.totalCount).toBe(1);
    }
  });

  it('delete jobs and cancel what is queued of them', async () => {
    const [id] = await tagged('leaving', 2);
    const execution = (await service.call('POST', `${JOBS}/${id}/trigger`)).body as string;
    expect((await bulk('delete', { filter: { tag: 'leaving' } })).body).toEqual({ count: 2 });
    expect((await service.call('GET', `${JOBS}/${id}`)).status).toBe(404);
    const cancelled = await service.call('GET', `/api/v1/scheduler/executions/${execution}`);
    expect(cancelled.body).toMatchObject({ status: 'Cancelled' });
  });

  it('only count with dryRun', async () => {
    await tagged('dry', 2);
    for (const operation of ['pause', 'trigger', 'delete'])
      expect((await bulk(operation, { filter: { tag: 'dry' } }, '?dryRun=true')).body).toEqual({ count: 2 });
    expect((await bulk('resume', { filter: { tag: 'dry' } }, '?dryRun=true')).body).toEqual({ count: 0 });
    expect(await statuses('dry')).toEqual(['Enabled', 'Enabled']);
  });

  it.each([
    ['neither ids nor a filter', {}, 'ids'],
    ['both', { ids: [UNKNOWN_ID], filter: { tag: 'x' } }, 'filter'],
    ['an empty filter', { filter: {} }, 'filter'],
    ['an id that is none', { ids: ['x'] }, 'ids.0'],
    ['more than 10,000 ids', { ids: Array<string>(10_001).fill(UNKNOWN_ID) }, 'ids'],
    ['an unknown status', { filter: { status: 'Asleep' } }, 'filter.status'],
  ])('refuse %s', async (_what, body, field) => {
    expect(fieldsAtFault(await bulk('pause', body))).toEqual([field]);
  });

  it('refuse to trigger while everything is paused', async () => {
    const ids = await tagged('held', 1);
    await service.call('POST', `${ADMIN}/pause-all`);
    const refused = await bulk('trigger', { ids });
    await service.call('POST', `${ADMIN}/resume-all`);
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'scheduler_paused' });
  });

  it('reach only jobs of the projects of the token', async () => {
    const ids = await tagged('foreign', 1);
    const token = service.token('operator', { projects: ['elsewhere'] });
    const answer = await service.call('POST', `${JOBS}/bulk/pause`, { ids }, { token });
    expect(answer.body).toEqual({ count: 0 });
    expect(await statuses('foreign')).toEqual(['Enabled']);
  });

  it.each(['pause', 'resume', 'trigger', 'delete'])('keep viewers from %s', async (operation) => {
    const token = service.token('viewer');
    const answer = await service.call('POST', `${JOBS}/bulk/${operation}`, { ids: [UNKNOWN_ID] }, { token });
    expect(answer.status).toBe(403);
  });
});
