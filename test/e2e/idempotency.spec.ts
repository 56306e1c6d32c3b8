import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createV1Job, fieldsOf422, startJobsApi, V1_JOBS, V1_RUNS } from '../support/jobs-api.js';
import { fieldsAtFault, JOBS } from '../support/scheduler-api.js';
import type { Answer, TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startJobsApi();
});
afterAll(() => service.stop());

const job = async (change: object = {}) => (await createV1Job(service, change)).id;
const post = (path: string, body: unknown, headers: Record<string, string>): Promise<Answer> =>
  service.call('POST', path, body, { headers });
const runsOf = async (id: string): Promise<unknown[]> =>
  (await service.call('GET', `${V1_RUNS}?job_id=${id}`)).body as unknown[];

/** A trigger with headers that `fetch` would join. */
async function triggerWithLines(path: string, headers: Record<string, string | string[]>): Promise<Answer> {
  const sent = request(service.url + path, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${service.token()}` },
  });
  const answered = new Promise<Answer>((resolve, reject) => {
    sent.on('error', reject).on('response', (response) => {
      text(response).then(
        (body) =>
          resolve({ status: response.statusCode ?? 0, headers: new Headers(), body: JSON.parse(body) }),
        reject,
      );
    });
  });
  sent.end();
  return answered;
}

describe('the key of a bulk trigger', () => {
  const items = [{ payload: 1 }, { payload: 2 }, { payload: 2 }];
  const bulk = (id: string, key: string, body: object[] = items, header = 'Idempotency-Key') =>
    post(`${V1_JOBS}/${id}/trigger/bulk`, { items: body }, { [header]: key });
  const idsOf = ({ body }: Answer) => (body.results as { id: string }[]).map(({ id }) => id);
  const hitsOf = ({ body }: Answer) =>
    (body.results as { idempotency_hit: boolean }[]).map((result) => result.idempotency_hit);

  it.each(['Idempotency-Key', 'X-Idempotency-Key'])('makes it repeatable (%s)', async (header) => {
    const id = await job();
    const first = await bulk(id, 'once', items, header);
    expect(first).toMatchObject({ status: 201, body: { total: 3, created: 3 } });
    const again = await bulk(id, 'once', items, header);
    expect(again.body).toMatchObject({ total: 3, created: 0 });
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(hitsOf(again)).toEqual([true, true, true]);
    expect(await runsOf(id)).toHaveLength(3);
  });

  it('makes each run once, however many calls come at the same time', async () => {
    const id = await job();
    const answers = await Promise.all(Array.from({ length: 20 }, () => bulk(id, 'same')));
    expect(new Set(answers.map((answer) => idsOf(answer).join())).size).toBe(1);
    expect(answers.filter(({ body }) => body.created === 3)).toHaveLength(1);
    expect(await runsOf(id)).toHaveLength(3);
  });

  it('leaves items the keys that they have, and is no key of a single trigger', async () => {
    const id = await job();
    const mixed = [{ idempotency_key: 'own' }, {}];
    const first = await bulk(id, 'k', mixed);
    const own = await post(`${V1_JOBS}/${id}/trigger`, {}, { 'Idempotency-Key': 'own' });
    expect(own).toMatchObject({ status: 200, body: { id: idsOf(first)[0] } });
    expect(hitsOf(await bulk(id, 'other', mixed))).toEqual([true, false]);
    expect((await post(`${V1_JOBS}/${id}/trigger`, {}, { 'Idempotency-Key': 'k' })).status).toBe(201);
  });

  it('may be as long as any key, and no longer', async () => {
    const id = await job();
    expect((await bulk(id, 'k'.repeat(256))).body).toMatchObject({ created: 3 });
    expect((await bulk(id, 'k'.repeat(256))).body).toMatchObject({ created: 0 });
    expect(fieldsOf422(await bulk(id, 'k'.repeat(257)))).toEqual(['Idempotency-Key']);
  });
});

describe('keys of a trigger that differ', () => {
  it.each<[string, Record<string, string>, string | null, string, string]>([
    [
      'both headers',
      { 'Idempotency-Key': 'k2', 'X-Idempotency-Key': 'k3' },
      null,
      'X-Idempotency-Key',
      'Idempotency-Key',
    ],
    ['header and body', { 'Idempotency-Key': 'k4' }, 'k5', 'idempotency_key', 'Idempotency-Key'],
    [
      'the other header and body',
      { 'X-Idempotency-Key': 'k4' },
      'k5',
      'idempotency_key',
      'X-Idempotency-Key',
    ],
  ])('are a 422 that names both places: %s', async (_, headers, idempotency_key, field, other) => {
    const id = await job();
    const refused = await post(`${V1_JOBS}/${id}/trigger`, { idempotency_key }, headers);
    expect(fieldsOf422(refused)).toEqual([field]);
    expect(refused.body.error.message).toMatch(`${field}: must be the same as ${other},`);
    expect(await runsOf(id)).toEqual([]);
  });

  it('are refused in one header that comes twice, and fine where they are the same', async () => {
    const id = await job();
    const path = `${V1_JOBS}/${id}/trigger`;
    const twice = await triggerWithLines(path, { 'Idempotency-Key': ['a1', 'a2'] });
    expect(fieldsOf422(twice)).toEqual(['Idempotency-Key']);
    expect(await runsOf(id)).toEqual([]);
    const same = await triggerWithLines(path, { 'Idempotency-Key': ['a', 'a'], 'X-Idempotency-Key': 'a' });
    expect(same).toMatchObject({ status: 201, body: { idempotency_key: 'a' } });
  });
});

describe('the key of a trigger of the Scheduler API', () => {
  const trigger = (id: string, headers: Record<string, string>, body?: unknown) =>
    post(`${JOBS}/${id}/trigger`, body, headers);

  it.each(['Idempotency-Key', 'X-Idempotency-Key'])(
    'answers the first execution again, with its Location (%s)',
    async (header) => {
      const id = await job();
      const first = await trigger(id, { [header]: 'once' }, { payload: 1 });
      const again = await trigger(id, { [header]: 'once' }, { payload: 1 });
      expect(again).toMatchObject({ status: 202, body: first.body });
      expect(again.headers.get('location')).toBe(`/api/v1/scheduler/executions/${first.body}`);
      expect(await runsOf(id)).toHaveLength(1);
    },
  );

  it('makes one execution of many triggers at the same time', async () => {
    const id = await job();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => trigger(id, { 'Idempotency-Key': 'same' })),
    );
    expect(new Set(answers.map(({ body }) => body as string)).size).toBe(1);
    expect(await runsOf(id)).toHaveLength(1);
  });

  it('is the one that the Jobs API knows, and that of its job alone', async () => {
    const id = await job();
    const first = await trigger(id, { 'Idempotency-Key': 'shared' });
    const again = await post(`${V1_JOBS}/${id}/trigger`, { idempotency_key: 'shared' }, {});
    expect(again).toMatchObject({ status: 200, body: { id: first.body, idempotency_hit: true } });
    expect((await trigger(await job(), { 'Idempotency-Key': 'shared' })).body).not.toBe(first.body);
  });

  it('is a 400 that names the header where it is too long, or another one in the other header', async () => {
    const id = await job();
    const long = await trigger(id, { 'Idempotency-Key': 'k'.repeat(257) });
    expect(fieldsAtFault(long)).toEqual(['Idempotency-Key']);
    const two = await trigger(id, { 'Idempotency-Key': 'a', 'X-Idempotency-Key': 'b' });
    expect(fieldsAtFault(two)).toEqual(['X-Idempotency-Key']);
    expect(await runsOf(id)).toEqual([]);
  });
});
