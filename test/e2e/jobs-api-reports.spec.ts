import { type EventClient, listenTo } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, fieldsOf422, V1_JOBS, V1_RUNS } from '../support/jobs-api.js';
import { EXECUTIONS } from '../support/scheduler-api.js';
import { startService, type Answer, type TestService } from '../support/service.js';

/** A call that the endpoint holds open. */
interface Call {
  runId: string;
  attempt: number;
  token: string;
  answer(status?: number): void;
}

let service: TestService;
let endpoint: Endpoint;
const calls: Call[] = [];

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    void bodyOf(request).then((text) => {
      const { run_id: runId, attempt } = JSON.parse(text) as { run_id: string; attempt: number };
      const answer = (status = 200) => {
        if (!response.writableEnded) response.writeHead(status).end();
      };
      calls.push({ runId, attempt, token: String(request.headers['x-run-token']), answer });
    });
  });
  service = await startService();
});
afterAll(async () => {
  for (const call of calls) call.answer();
  await service.stop();
  await endpoint.close();
});

const run = async (id: string) => (await service.call('GET', `${V1_RUNS}/${id}`)).body;
const ended = (id: string) =>
  eventually(
    () => run(id),
    ({ finished_at }) => finished_at !== null,
  );
const report = (
  call: Pick<Call, 'runId' | 'token'>,
  what: 'heartbeat' | 'progress' | 'logs',
  body?: object,
): Promise<Answer> =>
  service.call('POST', `${V1_RUNS}/${call.runId}/${what}`, body, {
    token: null,
    headers: { 'x-run-token': call.token },
  });
const called = async (id: string, attempt = 1): Promise<Call> => {
  const found = () => calls.find((call) => call.runId === id && call.attempt === attempt);
  return (await eventually(found, (call) => call !== undefined)) as Call;
};

async function start(change: object = {}, body: object = {}): Promise<Call> {
  const { id } = await createV1Job(service, { endpoint_url: endpoint.origin, max_attempts: 1, ...change });
  return called((await service.call('POST', `${V1_JOBS}/${id}/trigger`, body)).body.id as string);
}

const code = ({ status, body }: Answer) => [status, body.error?.code];

describe('reports of an endpoint', () => {
  it('are taken at once, and show in the run', async () => {
    const call = await start({ timeout_secs: 60 });
    const beat = await report(call, 'heartbeat');
    expect(beat).toMatchObject({ status: 200, body: { run_id: call.runId, attempt: 1 } });
    expect(beat.body.deadline_at).toBe(beat.body.timeout_at);
    const told = { percent: 40, message: 'page 4', data: { page: 4 } };
    expect((await report(call, 'progress', told)).status).toBe(200);
    const entries = [{ message: 'one' }, { level: 'warn', message: 'two' }];
    expect(await report(call, 'logs', { entries })).toMatchObject({
      status: 200,
      body: { truncated: false },
    });
    const shown = await run(call.runId);
    expect(shown).toMatchObject({ progress: { ...told, attempt: 1 } });
    expect(Date.parse(shown.heartbeat_at as string)).toBeGreaterThan(
      Date.parse(beat.body.heartbeat_at as string),
    );
    expect(Date.parse(beat.body.timeout_at as string) - Date.parse(shown.created_at as string)).toBeLessThan(
      70_000,
    );
    const { items } = (await service.call('GET', `${EXECUTIONS}/${call.runId}/logs`)).body;
    expect(items.map(({ level, message }: Record<string, string>) => [level, message])).toEqual([
      ['info', 'one'],
      ['warn', 'two'],
    ]);
    call.answer();
    expect(await ended(call.runId)).toMatchObject({
      status: 'completed',
      execution_trace: { queue_wait_ms: expect.any(Number), dequeue_ms: expect.any(Number) },
    });
    expect(code(await report(call, 'heartbeat'))).toEqual([409, 'run_ended']);
  });

  it('number lines without gaps when many come at once', async () => {
    const call = await start();
    const line = (index: number) => report(call, 'logs', { entries: [{ message: `line ${index}` }] });
    await Promise.all(Array.from({ length: 20 }, (_, index) => line(index)));
    const { items, totalCount } = (await service.call('GET', `${EXECUTIONS}/${call.runId}/logs?pageSize=50`))
      .body;
    expect([totalCount, items.length]).toEqual([20, 20]);
    call.answer();
  });

  it('hold no secret of the job', async () => {
    await service.call('POST', '/api/v1/scheduler/secrets', { name: 'TOLD', value: 'told-s3cret' });
    const call = await start({ endpoint_url: `${endpoint.origin}/?key=\${{ secrets.TOLD }}` });
    await report(call, 'progress', { message: 'with told-s3cret', data: ['told-s3cret'] });
    await report(call, 'logs', { entries: [{ message: 'key told-s3cret' }] });
    expect((await run(call.runId)).progress).toMatchObject({ message: 'with ***', data: ['***'] });
    const { items } = (await service.call('GET', `${EXECUTIONS}/${call.runId}/logs`)).body;
    expect(items[0].message).toBe('key ***');
    call.answer();
  });

  it('are limited in number, for each run', async () => {
    const [call, other] = [await start(), await start()];
    const statuses = new Set<number>();
    const many = Array.from({ length: 40 });
    await eventually(
      async () => {
        for (const { status, headers } of await Promise.all(many.map(() => report(call, 'heartbeat')))) {
          statuses.add(status);
          expect(headers.get('retry-after')).toBe(status === 429 ? '10' : null);
        }
        return statuses;
      },
      (seen) => seen.has(429),
    );
    expect([...statuses].sort()).toEqual([200, 429]);
    expect((await report(other, 'heartbeat')).status).toBe(200);
    for (const one of [call, other]) one.answer();
  });

  it('are checked', async () => {
    const call = await start();
    expect(fieldsOf422(await report(call, 'heartbeat', { next_within_secs: 0 }))).toEqual([
      'next_within_secs',
    ]);
    expect(fieldsOf422(await report(call, 'progress', {}))).toEqual(['body']);
    expect(fieldsOf422(await report(call, 'progress', { percent: 101 }))).toEqual(['percent']);
    expect(fieldsOf422(await report(call, 'logs', { entries: [] }))).toEqual(['entries']);
    const large = { message: 'x', data: 'x'.repeat(40_000) };
    expect(code(await report(call, 'progress', large))).toEqual([413, 'payload_too_large']);
    call.answer();
  });
});

describe('a run token', () => {
  it('opens nothing but the reports of its run', async () => {
    const [call, other] = [await start(), await start()];
    const refused = [401, 'authentication_required'];
    const asBearer = await service.call('GET', `${V1_RUNS}/${call.runId}`, undefined, { token: call.token });
    expect(code(asBearer)).toEqual(refused);
    expect(code(await report({ runId: other.runId, token: call.token }, 'heartbeat'))).toEqual(refused);
    expect(code(await report({ runId: call.runId, token: service.token() }, 'heartbeat'))).toEqual(refused);
    expect(code(await service.call('POST', `${V1_RUNS}/${call.runId}/heartbeat`))).toEqual(refused);
    const bearer = { token: call.token };
    const path = `${V1_RUNS}/${call.runId}/heartbeat`;
    expect((await service.call('POST', path, undefined, bearer)).status).toBe(200);
    for (const one of [call, other]) one.answer();
  });

  it('is worth nothing once its attempt is over', async () => {
    const fast = { retry_strategy: 'custom', retry_delays_secs: [0] };
    const call = await start({ max_attempts: 2, ...fast });
    call.answer(500);
    const again = await called(call.runId, 2);
    expect(code(await report(call, 'heartbeat'))).toEqual([409, 'stale_attempt']);
    expect(await report(again, 'heartbeat')).toMatchObject({ status: 200, body: { attempt: 2 } });
    again.answer();
  });

  it('of a bulk trigger holds once its run executes', async () => {
    const { id } = await createV1Job(service, { endpoint_url: endpoint.origin, max_concurrency: 1 });
    const items = [{}, {}];
    const { results } = (await service.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items })).body;
    const [first, second] = results.map((result: { id: string; run_token: string }) => ({
      runId: result.id,
      token: result.run_token,
    })) as [Call, Call];
    const call = await called(first.runId);
    await eventually(
      () => report(first, 'heartbeat'),
      ({ status }) => status === 200,
    );
    expect(code(await report(second, 'heartbeat'))).toEqual([409, 'run_not_executing']);
    call.answer();
    (await called(second.runId)).answer();
  });
});

describe('a promise of signs of life', () => {
  it('that is broken ends the attempt as timed out, long before its time-out', async () => {
    const call = await start({ timeout_secs: 600 });
    const { body } = await report(call, 'heartbeat', { next_within_secs: 1 });
    expect(Date.parse(body.deadline_at as string) - Date.parse(body.heartbeat_at as string)).toBe(1_000);
    expect(await ended(call.runId)).toMatchObject({
      status: 'timed_out',
      error: 'The endpoint promised a sign of life and gave none in time.',
    });
  });

  it('is kept by every report, and never moves the time-out', async () => {
    const call = await start({ timeout_secs: 600 });
    const first = await report(call, 'heartbeat', { next_within_secs: 100 });
    const later = await report(call, 'progress', { percent: 1 });
    expect(Date.parse(later.body.deadline_at as string) - Date.parse(later.body.heartbeat_at as string)).toBe(
      100_000,
    );
    expect(later.body.timeout_at).toBe(first.body.timeout_at);
    const most = await report(call, 'heartbeat', { next_within_secs: 86_400 });
    expect(most.body.deadline_at).toBe(most.body.timeout_at);
    call.answer();
  });
});

describe('the stream of a run', () => {
  let replica: TestService;
  beforeAll(async () => {
    replica = await startService({ databaseUrl: service.databaseUrl, env: { ROLE: 'api' } });
  });
  afterAll(() => replica.stop());

  const types = ({ events }: EventClient) =>
    events.map(({ type, data }) => data.status ?? data.message ?? type);
  const until = (client: EventClient, count: number) =>
    eventually(
      () => client.events.length,
      (length) => length >= count,
    );

  it('tells states, lines and progress as they come, and ends with the run', async () => {
    const fast = { retry_strategy: 'custom', retry_delays_secs: [0] };
    const call = await start({ max_attempts: 2, ...fast });
    await eventually(
      () => run(call.runId),
      ({ status }) => status === 'executing',
    );
    const client = await listenTo(replica, `${V1_RUNS}/${call.runId}/stream`);
    await report(call, 'logs', { entries: [{ message: 'one' }] });
    await until(client, 2);
    await report(call, 'progress', { message: 'halfway', percent: 50 });
    await until(client, 3);
    call.answer(500);
    const again = await called(call.runId, 2);
    await report(again, 'logs', { entries: [{ message: 'two' }] });
    again.answer();
    await client.ended;
    expect(types(client).slice(0, 3)).toEqual(['executing', 'one', 'halfway']);
    expect(types(client).slice(-3)).toEqual(['two', 'completed', 'completed']);
    expect(client.events.filter(({ type }) => type === 'status').map(({ data }) => data.attempt)).toContain(
      2,
    );
    const end = client.events.at(-1);
    expect(end).toMatchObject({
      type: 'end',
      data: { id: call.runId, attempt: 2, progress: { percent: 50 } },
    });
    const late = await listenTo(service, `${V1_RUNS}/${call.runId}/stream`);
    await late.ended;
    expect(types(late)).toEqual(['one', 'two', 'halfway', 'completed', 'completed']);
  });

  it('is resumed on another replica: nothing comes twice, nothing is missing', async () => {
    const call = await start();
    const path = `${V1_RUNS}/${call.runId}/stream`;
    const client = await listenTo(service, path);
    await report(call, 'logs', { entries: [{ message: 'one' }, { message: 'two' }] });
    const lines = (from: EventClient) => from.events.filter(({ type }) => type === 'log');
    await eventually(
      () => lines(client).length,
      (count) => count === 2,
    );
    await client.close();
    await report(call, 'logs', { entries: [{ message: 'three' }] });
    const afterOne = await listenTo(replica, path, { lastId: lines(client)[0]?.id });
    call.answer();
    await afterOne.ended;
    expect(types(afterOne).filter((word) => word !== 'executing')).toEqual([
      'two',
      'three',
      'completed',
      'completed',
    ]);
    const done = await listenTo(replica, path, { lastId: afterOne.lastId() });
    await done.ended;
    expect(types(done)).toEqual(['completed']);
  });

  it('begins anew after an id that is not known, and is not there for an unknown run', async () => {
    const call = await start();
    call.answer();
    await ended(call.runId);
    const client = await listenTo(service, `${V1_RUNS}/${call.runId}/stream`, { lastId: 'nonsense' });
    await client.ended;
    expect(types(client)).toEqual(['completed', 'completed']);
    const unknown = '01890000-0000-7000-8000-000000000000';
    expect((await service.call('GET', `${V1_RUNS}/${unknown}/stream`)).status).toBe(404);
  });
});
