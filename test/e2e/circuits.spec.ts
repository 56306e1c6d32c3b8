import type { ServerResponse } from 'node:http';
import { eventually } from '../support/eventually.js';
import { type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, V1_JOBS, V1_RUNS } from '../support/jobs-api.js';
import { EXECUTIONS } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const CIRCUITS = '/api/v1/scheduler/admin/circuits';
const FAILURES = 3;
const RULES = { CIRCUIT_FAILURES: String(FAILURES), CIRCUIT_COOLDOWN_SECONDS: '1' };

/** Two workers over one database. */
let one: TestService;
let other: TestService;

beforeAll(async () => {
  one = await startService({ env: RULES });
  other = await startService({ env: RULES, databaseUrl: one.databaseUrl });
});
afterAll(async () => {
  await other.stop();
  await one.stop();
});

/** An endpoint that fails until told otherwise; while held, it keeps its callers waiting. */
async function startMoody() {
  const mood = { status: 503, held: false };
  const waiting: ServerResponse[] = [];
  const calls: string[] = [];
  let most = 0;
  const answer = (response: ServerResponse) => response.writeHead(mood.status).end();
  const endpoint = await startEndpoint((request, response) => {
    calls.push(String(request.headers['x-run-id']));
    if (!mood.held) return answer(response);
    most = Math.max(most, waiting.push(response));
  });
  endpoints.push(endpoint);
  return {
    mood,
    calls,
    waiting,
    mostAtOnce: () => most,
    origin: endpoint.origin,
    release: () => waiting.splice(0).forEach(answer),
  };
}
const endpoints: Endpoint[] = [];
afterAll(() => Promise.all(endpoints.map((endpoint) => endpoint.close())));

const trigger = async (id: string, count: number): Promise<string[]> => {
  const items = Array.from({ length: count }, () => ({}));
  const { body } = await one.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items });
  return (body as { results: { id: string }[] }).results.map((result) => result.id);
};
const runs = async (jobId: string): Promise<{ id: string; status: string; attempt: number }[]> =>
  (await one.call('GET', `${V1_RUNS}?job_id=${jobId}&limit=100`)).body;
const statuses = async (jobId: string) => (await runs(jobId)).map(({ status }) => status);
const circuitOf = async (origin: string) =>
  ((await one.call('GET', CIRCUITS)).body as { origin: string; state: string; waiting: number }[]).find(
    (circuit) => circuit.origin === origin,
  );
/** Of two workers one must see as many failures in a row as open the circuit. */
async function open(jobId: string, origin: string): Promise<void> {
  const failing = await trigger(jobId, 2 * (FAILURES - 1) + 1);
  await eventually(
    () => circuitOf(origin),
    (circuit) => circuit !== undefined,
  );
  // What was already on its way ends, or waits.
  await eventually(
    () => runs(jobId),
    (all) => all.filter(({ id }) => failing.includes(id)).every(({ status }) => status !== 'executing'),
  );
}

describe('a circuit', () => {
  it('opens after failures in a row, lets exactly one probe through, and closes once that succeeds', async () => {
    const endpoint = await startMoody();
    const { id } = await createV1Job(one, { endpoint_url: endpoint.origin, max_attempts: 1 });
    endpoint.mood.held = false;
    await open(id, endpoint.origin);
    endpoint.mood.held = true;
    const before = endpoint.calls.length;

    const put = await trigger(id, 30);
    await eventually(
      () => circuitOf(endpoint.origin),
      (circuit) => circuit?.state === 'HalfOpen' && endpoint.waiting.length === 1,
    );
    // Everything but the probe waits, and has been called by nobody.
    const waiting = await eventually(
      () => circuitOf(endpoint.origin),
      (circuit) => (circuit?.waiting ?? 0) >= 29,
    );
    expect(waiting).toMatchObject({ state: 'HalfOpen', reason: 'The endpoint answered 503.' });
    expect(endpoint.calls.length - before).toBe(1);
    const [held] = (await runs(id)).filter((run) => put.includes(run.id) && !endpoint.calls.includes(run.id));
    expect(held).toMatchObject({ status: 'delayed', attempt: 1 });
    const { body } = await one.call('GET', `${EXECUTIONS}/${held?.id}`);
    expect(body.pendingReason).toContain(`It waits for ${endpoint.origin}, whose circuit is open`);

    // The probe fails: the others go on to wait, and another one probes after the cool-down.
    endpoint.release();
    await eventually(
      () => endpoint.waiting.length,
      (count) => count === 1,
    );
    expect(endpoint.calls.length - before).toBe(2);
    expect((await one.call('GET', '/health/ready', undefined, { token: null })).body).toMatchObject({
      status: 'ok',
      checks: { circuits: { ok: true, detail: '1 open' } },
    });
    expect((await one.call('GET', '/metrics')).body).toContain('carillon_circuits{state="half_open"} 1');

    endpoint.mood.status = 200;
    endpoint.mood.held = false;
    endpoint.release();
    const ended = await eventually(
      () => runs(id),
      (all) => all.every(({ status }) => ['completed', 'failed'].includes(status)),
    );
    expect(await circuitOf(endpoint.origin)).toBeUndefined();
    expect(endpoint.mostAtOnce()).toBe(1);
    // Nobody used up an attempt by waiting, and nobody was called twice.
    expect(ended.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(new Set(endpoint.calls).size).toBe(endpoint.calls.length);
    expect(ended.filter((run) => put.includes(run.id) && run.status === 'completed')).toHaveLength(29);
  });

  it('does not hold up other origins, and its waiting runs can be cancelled, or let go by an admin', async () => {
    const [broken, fine] = [await startMoody(), await startMoody()];
    fine.mood.status = 200;
    const { id } = await createV1Job(one, { endpoint_url: broken.origin, max_attempts: 1 });
    const neighbour = await createV1Job(one, { endpoint_url: fine.origin });
    await open(id, broken.origin);
    broken.mood.held = true;
    const put = await trigger(id, 10);
    await eventually(
      () => broken.waiting.length,
      (count) => count === 1,
    );
    const waiting = put.filter((run) => !broken.calls.includes(run));
    await eventually(
      () => circuitOf(broken.origin),
      (circuit) => (circuit?.waiting ?? 0) >= waiting.length,
    );
    await trigger(neighbour.id, 3);
    await eventually(
      () => statuses(neighbour.id),
      (all) => all.every((status) => status === 'completed'),
    );
    const cancelled = await one.call('POST', `${V1_RUNS}/${waiting[0]}/cancel`);
    expect(cancelled.body).toMatchObject({ status: 'canceled' });

    broken.mood.held = false;
    broken.mood.status = 200;
    expect(
      (
        await one.call(
          'POST',
          `${CIRCUITS}/reset`,
          { origin: broken.origin },
          { token: one.token('operator') },
        )
      ).status,
    ).toBe(403);
    expect((await one.call('POST', `${CIRCUITS}/reset`, { origin: 'https://no.example' })).body).toEqual({
      count: 0,
    });
    expect((await one.call('POST', `${CIRCUITS}/reset`, { origin: broken.origin })).body).toEqual({
      count: 1,
    });
    await eventually(
      () => runs(id),
      (all) => all.filter((run) => run.status === 'completed').length >= waiting.length - 1,
    );
    broken.release();
    expect(await circuitOf(broken.origin)).toBeUndefined();
    expect(broken.calls).not.toContain(waiting[0]);
  });

  it('sends runs with a fallback there, of which one probes the main endpoint', async () => {
    const [main, fallback] = [await startMoody(), await startMoody()];
    fallback.mood.status = 200;
    const plain = await createV1Job(one, { endpoint_url: main.origin, max_attempts: 1 });
    await open(plain.id, main.origin);
    const { id } = await createV1Job(one, {
      endpoint_url: main.origin,
      fallback_endpoint_url: fallback.origin,
    });
    main.mood.status = 200;
    await eventually(
      async () => {
        await trigger(id, 1);
        return circuitOf(main.origin);
      },
      (circuit) => circuit === undefined,
      { everyMs: 100 },
    );
    await eventually(
      () => statuses(id),
      (all) => all.every((status) => status === 'completed'),
    );
    expect(fallback.calls.length + main.calls.length).toBeGreaterThan(2 * FAILURES);
  });
});
