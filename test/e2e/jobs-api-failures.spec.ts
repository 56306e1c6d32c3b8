import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, V1_JOBS, V1_RUNS } from '../support/jobs-api.js';
import { operationsOf, readDocument } from '../support/openapi.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let endpoint: Endpoint;
let sql: pg.Client;
const attempts = new Map<string, number>();

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    const [, path = '', detail = ''] = (request.url ?? '').split('/');
    const run = String(request.headers['x-run-id']);
    attempts.set(run, (attempts.get(run) ?? 0) + 1);
    if (path === 'status') response.writeHead(Number(detail)).end();
    if (path === 'busy') response.writeHead(429, { 'retry-after': decodeURIComponent(detail) }).end();
  });
  service = await startService({ env: { CIRCUIT_FAILURES: '0' } });
  sql = new pg.Client({ connectionString: service.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await endpoint.close();
  await service.stop();
});

const job = (path: string, change: object = {}) =>
  createV1Job(service, { endpoint_url: `${endpoint.origin}/${path}`, ...change });
const trigger = async (id: string, body: object = {}): Promise<string> =>
  (await service.call('POST', `${V1_JOBS}/${id}/trigger`, body)).body.id as string;
const run = async (id: string) => (await service.call('GET', `${V1_RUNS}/${id}`)).body;
const ended = (id: string) =>
  eventually(
    () => run(id),
    ({ finished_at }) => finished_at !== null,
    { timeoutMs: 30_000 },
  );
/** Seconds from the end of the first attempt until the second. */
async function pauseAfter(id: string): Promise<number> {
  const { next_retry_at } = await eventually(
    () => run(id),
    (answer) => answer.next_retry_at !== null,
  );
  const { rows } = await sql.query<{ at: Date }>(
    'SELECT finished_at AS at FROM attempts WHERE execution_id = $1 AND attempt = 1',
    [id],
  );
  await service.call('POST', `${V1_RUNS}/${id}/cancel`);
  return (Date.parse(next_retry_at) - (rows[0]?.at.getTime() ?? 0)) / 1000;
}

describe('a run that does not complete', () => {
  it('has failed when the endpoint says no, and timed out when it says nothing', async () => {
    const refused = await trigger((await job('status/404')).id);
    const silent = await trigger((await job('silent', { timeout_secs: 1, max_attempts: 1 })).id);
    expect(await ended(refused)).toMatchObject({ status: 'failed', error: 'The endpoint answered 404.' });
    expect(await ended(silent)).toMatchObject({ status: 'timed_out' });
  });

  it('has crashed when its worker was lost again and again', async () => {
    const id = await trigger((await job('silent', { max_attempts: 1 })).id);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await eventually(
        () => attempts.get(id) ?? 0,
        (count) => count === attempt,
        { timeoutMs: 30_000 },
      );
      // As if the process that holds the lease had died some time ago.
      await sql.query(
        `UPDATE claims SET owner = gen_random_uuid(), lease_until = now() WHERE $1 = ANY (ids)`,
        [id],
      );
    }
    expect(await ended(id)).toMatchObject({ status: 'crashed', attempt: 3 });
  });

  it('has failed by a fault of the system when no worker can carry it out', async () => {
    const { id } = await job('status/200');
    await sql.query(
      `UPDATE job_versions SET definition = jsonb_set(definition, '{type}', '"agent-goal"') WHERE job_id = $1`,
      [id],
    );
    expect(await ended(await trigger(id))).toMatchObject({
      status: 'system_failed',
      error: 'This worker cannot run jobs of type agent-goal.',
    });
  });

  it('is found by each of these statuses', async () => {
    for (const status of ['failed', 'timed_out', 'crashed', 'system_failed']) {
      const { body } = await service.call('GET', `${V1_RUNS}?status=${status}`);
      expect(new Set((body as { status: string }[]).map((one) => one.status))).toEqual(new Set([status]));
    }
  });
});

describe('another attempt', () => {
  const passing = [408, 409, 425, 429, 500, 501, 502, 503, 504];
  const final = [
    400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 413, 415, 418, 421, 422, 426, 428, 431, 451,
  ];

  it('follows what may pass by itself, and no other 4xx', async () => {
    const overrides = { max_attempts_override: 2, retry_backoff: 'fixed', retry_initial_delay_secs: 0 };
    const tried = await Promise.all(
      [...passing, ...final].map(async (status) => {
        const { attempt } = await ended(await trigger((await job(`status/${status}`)).id, overrides));
        return { status, attempt };
      }),
    );
    expect(tried).toEqual([
      ...passing.map((status) => ({ status, attempt: 2 })),
      ...final.map((status) => ({ status, attempt: 1 })),
    ]);
  });

  it.each([
    ['exponential', {}, { retry_initial_delay_secs: 1000, retry_max_delay_secs: 1000 }, 800, 1200],
    ['exponential, above the longest of the job', {}, { retry_initial_delay_secs: 8000 }, 6400, 9600],
    ['linear', {}, { retry_backoff: 'linear', retry_initial_delay_secs: 1000 }, 800, 1200],
    [
      'fixed',
      { retry_strategy: 'linear' },
      { retry_backoff: 'fixed', retry_initial_delay_secs: 2000 },
      1600,
      2400,
    ],
    ['custom', { retry_strategy: 'custom', retry_delays_secs: [3000] }, {}, 3000, 3000],
    [
      'custom, bounded',
      { retry_strategy: 'custom', retry_delays_secs: [3000] },
      { retry_max_delay_secs: 1000 },
      1000,
      1000,
    ],
    ['custom, longer than an hour', { retry_strategy: 'custom', retry_delays_secs: [8000] }, {}, 8000, 8000],
    [
      'custom, overridden',
      { retry_strategy: 'custom', retry_delays_secs: [1] },
      { retry_initial_delay_secs: 2000 },
      1600,
      2400,
    ],
  ])('waits as its strategy says: %s', async (_strategy, change, overrides, least, most) => {
    const seconds = await pauseAfter(await trigger((await job('status/503', change)).id, overrides));
    // What the database needs to record it comes on top.
    expect(seconds).toBeGreaterThanOrEqual(least - 1);
    expect(seconds).toBeLessThanOrEqual(most + 30);
  });

  it.each([
    ['seconds', () => '3600'],
    ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
  ])('waits as long as Retry-After asks for in %s', async (_form, header) => {
    const { id } = await job(`busy/${encodeURIComponent(header())}`);
    const seconds = await pauseAfter(await trigger(id));
    expect(seconds).toBeGreaterThan(3_500);
    expect(seconds).toBeLessThan(3_700);
  });
});

describe('an endpoint that takes no body', () => {
  const bodiless = operationsOf(readDocument('openapi/jobs.json')).filter(
    ({ method, requestBody }) => method !== 'GET' && requestBody === undefined,
  );

  it.each(bodiless.map(({ method, path }) => [method, path]))(
    'refuses fields by name (%s %s)',
    async (method, path) => {
      const place = path.replace(/\{\w+\}/g, '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20');
      expect(await service.call(method, place, { reason: 'enough' })).toMatchObject({
        status: 422,
        body: { error: { code: 'validation_failed', details: [{ field: 'reason' }] } },
      });
    },
  );
});
