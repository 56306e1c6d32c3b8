import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, fieldsOf422, V1_JOBS, V1_RUNS } from '../support/jobs-api.js';
import { createJob, EXECUTIONS, fieldsAtFault, JOBS } from '../support/scheduler-api.js';
import { startService, type Answer, type TestService } from '../support/service.js';

interface Call {
  path: string;
  headers: Record<string, unknown>;
  body: { payload: unknown; metadata: unknown; job_id: string; run_id: string; attempt: number };
}

let service: TestService;
let endpoint: Endpoint;
const calls: Call[] = [];
/** Calls of `/slow` that wait for their answer. */
const waiting = new Set<() => void>();

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    void bodyOf(request).then((text) => {
      const body = JSON.parse(text || 'null') as Call['body'];
      calls.push({ path: request.url ?? '', headers: request.headers, body });
      const answer = () => {
        if (response.writableEnded) return;
        response.writeHead(request.url === '/broken' ? 503 : 200, { 'content-type': 'application/json' });
        response.end('{"synced":118}');
      };
      if (request.url === '/slow') waiting.add(answer);
      else answer();
    });
  });
  service = await startService();
});
afterAll(async () => {
  for (const answer of waiting) answer();
  await service.stop();
  await endpoint.close();
});

const job = (change: object = {}) =>
  createV1Job(service, { endpoint_url: `${endpoint.origin}/fine`, ...change });
const trigger = (id: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  service.call('POST', `${V1_JOBS}/${id}/trigger`, body, { headers });
const run = async (id: string) => (await service.call('GET', `${V1_RUNS}/${id}`)).body;
const ended = (id: string) =>
  eventually(
    () => run(id),
    ({ finished_at }) => finished_at !== null,
  );
const callsOf = (id: string) => calls.filter(({ body }) => body?.run_id === id);

describe('a run', () => {
  it('is posted to the endpoint as documented, and its answer becomes the result', async () => {
    const { id } = await job({ default_run_metadata: { source: 'job', team: 'stock' } });
    const payload = { warehouse: 'Leeds', toString: 1 };
    const { status, headers, body } = await trigger(id, {
      payload,
      metadata: { source: 'call' },
      tags: { t: '1' },
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/runs/${body.id}`);
    expect(body).toMatchObject({ job_id: id, idempotency_hit: false, triggered_by: 'manual', payload });
    const metadata = { source: 'call', team: 'stock' };
    expect(await ended(body.id)).toMatchObject({
      status: 'completed',
      result: { synced: 118 },
      metadata,
      tags: { t: '1' },
      error: null,
      job_version: 1,
      execution_trace: { ttfb_ms: expect.any(Number), total_ms: expect.any(Number) },
    });
    const [call] = callsOf(body.id);
    expect(call?.body).toEqual({ payload, metadata, job_id: id, run_id: body.id, attempt: 1 });
    expect(call?.headers).toMatchObject({
      'x-run-id': body.id,
      'x-job-id': id,
      'x-attempt': '1',
      'idempotency-key': body.id,
    });
  });

  it('carries the default metadata, also when the Scheduler API triggers it', async () => {
    const { id } = await job({ default_run_metadata: { source: 'job' } });
    const { body: executionId } = await service.call('POST', `${JOBS}/${id}/trigger`, { payload: [1] });
    await ended(String(executionId));
    expect(callsOf(String(executionId))[0]?.body).toMatchObject({
      payload: [1],
      metadata: { source: 'job' },
    });
  });

  it('is retried with its own attempts and pauses', async () => {
    const { id } = await job({ endpoint_url: `${endpoint.origin}/broken`, max_attempts: 1 });
    const overrides = { max_attempts_override: 2, retry_backoff: 'fixed', retry_initial_delay_secs: 0 };
    const { body } = await trigger(id, overrides);
    expect(await ended(body.id)).toMatchObject({ ...overrides, status: 'failed', attempt: 2 });
    expect(callsOf(body.id).map((call) => call.body.attempt)).toEqual([1, 2]);
    const plain = await trigger(id);
    expect(await ended(plain.body.id)).toMatchObject({ status: 'failed', attempt: 1 });
  });

  it('times out by its own timeout', async () => {
    const { id } = await job({ endpoint_url: `${endpoint.origin}/slow`, max_attempts: 1 });
    const { body } = await trigger(id, { timeout_secs_override: 1 });
    expect(await ended(body.id)).toMatchObject({ status: 'timed_out', timeout_secs_override: 1 });
  });

  it('is answered by the fallback where the endpoint is away, as the Scheduler API sees, too', async () => {
    const { id } = await job({
      endpoint_url: 'http://127.0.0.1:1/',
      fallback_endpoint_url: `${endpoint.origin}/fine`,
    });
    const { body: seen } = await service.call('GET', `${JOBS}/${id}`);
    expect(seen.jobConfiguration.fallbackUrl).toBe(`${endpoint.origin}/fine`);
    const { body } = await trigger(id, { payload: 7 });
    expect(await ended(body.id)).toMatchObject({
      status: 'completed',
      attempt: 1,
      result: { synced: 118 },
      execution_trace: { endpoint: 'fallback', total_ms: expect.any(Number) },
    });
    expect(callsOf(body.id)[0]?.body).toMatchObject({ payload: 7, attempt: 1 });
    const removed = await service.call('PATCH', `${V1_JOBS}/${id}`, { fallback_endpoint_url: null });
    expect(removed.body).toMatchObject({ fallback_endpoint_url: null, version: 2 });
  });

  it('waits for its instant, with its priority, and can be cancelled', async () => {
    const { id } = await job();
    const scheduled_at = '2040-01-01T00:00:00.000Z';
    const { body } = await trigger(id, { scheduled_at, priority: 9 });
    expect(body).toMatchObject({ status: 'delayed', scheduled_at, priority: 9 });
    const cancelled = await service.call('POST', `${V1_RUNS}/${body.id}/cancel`);
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: 'canceled', error: 'Cancelled by tester.' },
    });
    expect((await service.call('POST', `${V1_RUNS}/${body.id}/cancel`)).status).toBe(409);
    expect(callsOf(body.id)).toEqual([]);
  });

  it('expires and is never sent when it could not start in its time', async () => {
    const { id } = await job({
      endpoint_url: `${endpoint.origin}/slow`,
      max_concurrency: 1,
      run_ttl_secs: 1,
    });
    const first = (await trigger(id)).body;
    await eventually(
      () => callsOf(first.id).length,
      (count) => count === 1,
    );
    const second = (await trigger(id)).body;
    expect(Date.parse(second.expires_at) - Date.parse(second.created_at)).toBe(1_000);
    await eventually(
      () => Date.now(),
      (now) => now > Date.parse(second.expires_at) + 500,
    );
    for (const answer of waiting) answer();
    expect(await ended(second.id)).toMatchObject({ status: 'expired', started_at: null, attempt: 1 });
    expect(await ended(first.id)).toMatchObject({ status: 'completed' });
    expect(callsOf(second.id)).toEqual([]);
    expect((await service.call('GET', `${EXECUTIONS}/${second.id}`)).body.status).toBe('Cancelled');
  });

  it('is replayed with its payload and overrides', async () => {
    const { id } = await job();
    const first = (await trigger(id, { payload: 7, metadata: { a: 'b' }, idempotency_key: 'once' })).body;
    await ended(first.id);
    const { status, body } = await service.call('POST', `${V1_RUNS}/${first.id}/replay`);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      replay_of: first.id,
      payload: 7,
      metadata: { a: 'b' },
      idempotency_key: null,
    });
    await ended(body.id);
    expect(callsOf(body.id)[0]?.body).toMatchObject({ payload: 7, metadata: { a: 'b' } });
  });
});

describe('a trigger', () => {
  it('answers the first run again for its key, from either header or the body', async () => {
    const { id } = await job();
    const first = await trigger(id, {}, { 'Idempotency-Key': 'k' });
    expect(first.body).toMatchObject({ idempotency_key: 'k', idempotency_hit: false });
    for (const again of [
      await trigger(id, { payload: 'other' }, { 'X-Idempotency-Key': 'k' }),
      await trigger(id, { idempotency_key: 'k' }),
    ])
      expect(again).toMatchObject({ status: 200, body: { id: first.body.id, idempotency_hit: true } });
    const elsewhere = await trigger((await job()).id, { idempotency_key: 'k' });
    expect(elsewhere.status).toBe(201);
  });

  it('makes one run of 100 concurrent requests with one key', async () => {
    const { id } = await job();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => trigger(id, { payload: 1 }, { 'Idempotency-Key': 'same' })),
    );
    expect(new Set(answers.map(({ body }) => body.id as string)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await service.call('GET', `${V1_RUNS}?job_id=${id}`)).body).toHaveLength(1);
  });

  it('takes the same payload for the same run within the window, and again after it', async () => {
    const { id } = await job({ dedup_window_secs: 1 });
    const first = await trigger(id, { payload: { a: 1, b: [2] } });
    const again = await trigger(id, { payload: { b: [2], a: 1 } });
    expect(again).toMatchObject({ status: 200, body: { id: first.body.id, idempotency_hit: true } });
    expect((await trigger(id, { payload: { a: 2, b: [2] } })).status).toBe(201);
    const later = await eventually(
      () => trigger(id, { payload: { a: 1, b: [2] } }),
      ({ status }) => status === 201,
    );
    expect(later.body.id).not.toBe(first.body.id);
  });

  it('refuses a payload that breaks the schema of the job, and names the path', async () => {
    const payload_schema = {
      type: 'object',
      properties: { warehouse: { type: 'string' } },
      required: ['warehouse'],
    };
    const { id } = await job({ payload_schema });
    expect(fieldsOf422(await trigger(id, { payload: { warehouse: 1 } }))).toEqual(['payload.warehouse']);
    expect(fieldsOf422(await trigger(id))).toEqual(['payload']);
    expect((await trigger(id, { payload: { warehouse: 'York' } })).status).toBe(201);
  });

  it('keeps the schema of the job in the other dialect, in bulk, and when something is repeated', async () => {
    const { id } = await job({ endpoint_url: `${endpoint.origin}/broken`, max_attempts: 1 });
    const first = (await trigger(id, { payload: 1 })).body;
    await ended(first.id);
    await service.call('PATCH', `${V1_JOBS}/${id}`, { payload_schema: { type: 'string', pattern: '^x' } });
    const path = `${JOBS}/${id}/trigger`;
    expect(fieldsAtFault(await service.call('POST', path, { payload: 'y' }))).toEqual(['payload']);
    expect(fieldsAtFault(await service.call('POST', path))).toEqual(['payload']);
    expect((await service.call('POST', path, { payload: 'x' })).status).toBe(202);
    expect((await service.call('POST', `${JOBS}/bulk/trigger`, { ids: [id] })).body).toEqual({ count: 0 });
    const replayed = await service.call('POST', `${V1_RUNS}/${first.id}/replay`);
    expect(fieldsOf422(replayed)).toEqual(['payload']);
    const retried = await service.call('POST', `${EXECUTIONS}/${first.id}/retry`);
    expect(fieldsAtFault(retried)).toEqual(['payload']);
  });

  it('is found by its payload within the window in the other dialect, too', async () => {
    const { id } = await job({ dedup_window_secs: 3600 });
    const first = await trigger(id, { payload: { a: 1 } });
    const again = await service.call('POST', `${JOBS}/${id}/trigger`, { payload: { a: 1 } });
    expect(again.body).toBe(first.body.id);
  });

  it('writes its calls into its log with debug_mode, with secrets masked', async () => {
    const { id } = await job();
    const { body: run } = await trigger(id, { payload: { n: 7 }, debug_mode: true });
    expect((await ended(run.id)).debug_mode).toBe(true);
    const { items } = (await service.call('GET', `${EXECUTIONS}/${run.id}/logs`)).body;
    const [sent, answered] = items.map((line: { message: string }) => line.message);
    expect(sent).toMatch(/^Request: POST http.*"X-Run-Token":"\*\*\*".*"payload":\{"n":7\}/);
    expect(answered).toMatch(/^Response: 200 /);
    const quiet = (await trigger(id, { payload: { n: 8 } })).body;
    expect((await ended(quiet.id)).debug_mode).toBe(false);
    expect((await service.call('GET', `${EXECUTIONS}/${quiet.id}/logs`)).body.items).toEqual([]);
  });
});

describe('a bulk trigger', () => {
  const bulk = (id: string, items: object[]) =>
    service.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items });

  it('records all items under one batch, with duplicates inside the call as one run', async () => {
    const { id } = await job();
    const { status, body } = await bulk(id, [
      { payload: 1 },
      { idempotency_key: 'k' },
      { idempotency_key: 'k' },
    ]);
    expect(status).toBe(201);
    expect(body).toMatchObject({ total: 3, created: 2 });
    expect(body.results.map((result: { idempotency_hit: boolean }) => result.idempotency_hit)).toEqual([
      false,
      false,
      true,
    ]);
    expect(body.results[2].id).toBe(body.results[1].id);
    const batches = await Promise.all(
      [body.results[0].id, body.results[1].id].map(async (one) => (await run(one)).batch_id),
    );
    expect(new Set(batches).size).toBe(1);
    expect(batches[0]).toEqual(expect.any(String));
  });

  it('records none where one is wrong', async () => {
    const { id } = await job({ payload_schema: { type: 'integer' } });
    expect(fieldsOf422(await bulk(id, [{ payload: 1 }, { payload: 'x' }]))).toEqual(['items.1.payload']);
    expect(fieldsOf422(await bulk(id, [{ payload: 1 }, { payload: 2, priority: 11 }]))).toEqual([
      'items.1.priority',
    ]);
    expect((await service.call('GET', `${V1_RUNS}?job_id=${id}`)).body).toEqual([]);
  });

  it('takes 500 items, and no more', async () => {
    const { id } = await job({ enabled: false });
    const items = Array.from({ length: 500 }, (_, index) => ({
      payload: index,
      idempotency_key: `k${index}`,
    }));
    expect((await bulk(id, items)).body).toMatchObject({ total: 500, created: 500 });
    expect((await bulk(id, items)).body).toMatchObject({ total: 500, created: 0 });
    expect(fieldsOf422(await bulk(id, [...items, {}]))).toEqual(['items']);
  });
});

describe('health', () => {
  it('counts how runs ended, and says −1 without any', async () => {
    const { id } = await job({ max_attempts: 1 });
    const health = async (query = '') => (await service.call('GET', `${V1_JOBS}/${id}/health${query}`)).body;
    expect(await health()).toMatchObject({ total_runs: 0, health_score: -1, avg_duration_secs: null });
    await ended((await trigger(id)).body.id as string);
    await service.call('PATCH', `${V1_JOBS}/${id}`, { endpoint_url: `${endpoint.origin}/broken` });
    await ended((await trigger(id)).body.id as string);
    expect(await health('?window=1h')).toMatchObject({
      total_runs: 2,
      completed_runs: 1,
      failed_runs: 1,
      success_rate: 50,
      avg_duration_secs: expect.any(Number),
    });
    expect(fieldsOf422(await service.call('GET', `${V1_JOBS}/${id}/health?window=2d`))).toEqual(['window']);
  });
});

describe('listing runs', () => {
  it('filters, and goes through all pages', async () => {
    const { id } = await job({ project_id: 'listed', max_attempts: 1 });
    const ids: string[] = [];
    for (let index = 0; index < 3; index++) ids.unshift((await trigger(id)).body.id as string);
    for (const one of ids) await ended(one);
    const seen: string[] = [];
    for (let path: string | undefined = `${V1_RUNS}?project_id=listed&status=completed&limit=2`; path;) {
      const { body, headers } = await service.call('GET', path);
      seen.push(...(body as { id: string }[]).map((one) => one.id));
      path = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(ids);
    expect((await service.call('GET', `${V1_RUNS}?job_id=${id}&status=failed`)).body).toEqual([]);
    await service.call('PATCH', `${V1_JOBS}/${id}`, { endpoint_url: `${endpoint.origin}/broken` });
    const failed = (await trigger(id)).body.id as string;
    await ended(failed);
    for (const query of [`job_id=${id}&status=failed`, 'project_id=listed&status=failed'])
      expect((await service.call('GET', `${V1_RUNS}?${query}`)).body).toMatchObject([{ id: failed }]);
    for (const status of ['crashed', 'canceled', 'executing'])
      expect((await service.call('GET', `${V1_RUNS}?job_id=${id}&status=${status}`)).body).toEqual([]);
  });

  it('shows runs of jobs of the Scheduler API', async () => {
    const made = await createJob(service, {
      jobConfiguration: { url: `${endpoint.origin}/fine`, method: 'POST', body: {} },
    });
    const { body } = await trigger(made.id, { payload: 1 });
    expect(await ended(body.id)).toMatchObject({ status: 'completed', result: { synced: 118 } });
  });
});
