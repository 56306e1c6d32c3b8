import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { eventually } from '../support/eventually.js';
import { createV1Job, V1_JOBS, V1_RUNS, type V1Job } from '../support/jobs-api.js';
import { EXECUTIONS, JOBS } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

/** Limits, windows and versions as callers see them, whatever dialect the run is asked for through. */
let service: TestService;
let endpoint: CountingEndpoint;

beforeAll(async () => {
  endpoint = await startCountingEndpoint();
  service = await startService();
});
afterAll(async () => {
  endpoint.release();
  await service.stop();
  await endpoint.close();
});
beforeEach(() => (endpoint.received.length = 0));

let made = 0;
/** A job whose calls wait for `endpoint.release()`. */
const slowJob = (change: object): Promise<V1Job> =>
  createV1Job(service, { endpoint_url: `${endpoint.url}/slow?${++made}`, ...change });

async function trigger({ id }: V1Job, body: object = {}): Promise<string> {
  const answer = await service.call('POST', `${V1_JOBS}/${id}/trigger`, body);
  expect(answer.status).toBe(201);
  return answer.body.id as string;
}

async function triggerElsewhere({ id }: V1Job, payload: object): Promise<string> {
  return (await service.call('POST', `${JOBS}/${id}/trigger`, { payload })).body as string;
}

const run = async (id: string) => (await service.call('GET', `${V1_RUNS}/${id}`)).body;
const reason = async (id: string): Promise<string> =>
  (await service.call('GET', `${EXECUTIONS}/${id}`)).body.pendingReason as string;
const reaches = (id: string, status: string) =>
  eventually(
    () => run(id),
    (found) => found.status === status,
  );
const patch = (job: V1Job, change: object) => service.call('PATCH', `${V1_JOBS}/${job.id}`, change);
const calls = (count: number) =>
  eventually(
    () => endpoint.received.length,
    (received) => received === count,
  );

it('runs so many at once with one key, keeps the key in a repetition, and says what a run waits for', async () => {
  const job = await slowJob({ max_concurrency_per_key: 1, max_attempts: 1 });
  const first = await trigger(job, { concurrency_key: 'a' });
  const second = await trigger(job, { concurrency_key: 'a' });
  const other = await trigger(job, { concurrency_key: 'b' });
  await reaches(other, 'executing');
  expect(await run(second)).toMatchObject({ status: 'queued', concurrency_key: 'a' });
  expect(await reason(second)).toBe(
    'It is blocked by concurrency: earlier executions with the key "a" must end first (1 at once at most).',
  );
  endpoint.release();
  await reaches(first, 'completed');
  await reaches(second, 'executing');
  const replayed = (await service.call('POST', `${V1_RUNS}/${first}/replay`)).body;
  expect(await run(replayed.id)).toMatchObject({ status: 'queued', concurrency_key: 'a' });
  endpoint.release();
  await reaches(replayed.id, 'executing');
  endpoint.release();
  await reaches(replayed.id, 'completed');
});

it('admits at once what a higher limit lets run', async () => {
  const job = await slowJob({ max_concurrency: 1 });
  const ids = [await trigger(job), await trigger(job)];
  await reaches(ids[0] as string, 'executing');
  await patch(job, { max_concurrency: 2 });
  await reaches(ids[1] as string, 'executing');
  endpoint.release();
});

it('starts so many in any window, of the job and of each value, through either dialect, and drops none', async () => {
  const job = await createV1Job(service, {
    endpoint_url: `${endpoint.url}/rated`,
    rate_limit_max: 3,
    rate_limit_window_secs: 1,
    rate_limit_keys: [{ name: 'tenant', max: 1, window_secs: 1 }],
  });
  const ids = await Promise.all(
    ['a', 'a', 'b', 'b', 'c', 'd', 'e'].map((tenant) => triggerElsewhere(job, { tenant })),
  );
  const hour = await createV1Job(service, {
    endpoint_url: `${endpoint.url}/rated`,
    rate_limit_keys: [{ name: 'tenant', max: 1, window_secs: 3_600 }],
  });
  await triggerElsewhere(hour, { tenant: 'a' });
  const late = await triggerElsewhere(hour, { tenant: 'a' });
  expect(await reason(late)).toBe(
    'It waits for the rate limit of tenant "a": 1 start in 3600 seconds at most.',
  );
  const runs = await Promise.all(ids.map((id) => reaches(id, 'completed')));
  const starts = runs.map(({ started_at, payload }) => ({
    at: Date.parse(started_at),
    tenant: payload.tenant,
  }));
  const closest = (some: typeof starts, limit: number) => {
    const times = some.map(({ at }) => at).sort((a, b) => a - b);
    return Math.min(...times.slice(limit).map((at, index) => at - (times[index] as number)));
  };
  expect(closest(starts, 3)).toBeGreaterThanOrEqual(1_000);
  for (const tenant of ['a', 'b'])
    expect(
      closest(
        starts.filter((start) => start.tenant === tenant),
        1,
      ),
    ).toBeGreaterThanOrEqual(1_000);
});

it('delays runs while the execution window is closed, says when it opens, and starts them once it is open', async () => {
  const elsewhen = new Date(Date.now() + 30 * 60_000).getUTCMinutes();
  const job = await createV1Job(service, {
    endpoint_url: `${endpoint.url}/window`,
    execution_window_cron: `${elsewhen} * * * *`,
  });
  const id = await trigger(job);
  expect(await run(id)).toMatchObject({ status: 'delayed', started_at: null });
  expect(await reason(id)).toMatch(
    new RegExp(
      `^It is outside the execution window of the job, which opens at .*T\\d\\d:${String(elsewhen).padStart(2, '0')}:00.000Z`,
    ),
  );
  expect(endpoint.received).toEqual([]);
  await patch(job, { execution_window_cron: null });
  await reaches(id, 'completed');
});

it.each([
  ['pin', [1, 3]],
  ['latest', [4, 4]],
  ['minor', [2, 4]],
])('carries runs out by the version that the policy %s says', async (version_policy, versions) => {
  const job = await slowJob({ version_policy, max_concurrency: 1 });
  const blocker = await trigger(job);
  await calls(1);
  const early = await trigger(job);
  await patch(job, { endpoint_url: `${endpoint.url}/v2` });
  await patch(job, { endpoint_url: `${endpoint.url}/v3`, backwards_compatible: false });
  const later = await trigger(job);
  await patch(job, { endpoint_url: `${endpoint.url}/v4`, backwards_compatible: true });
  const ended = await eventually(
    () => {
      endpoint.release();
      return Promise.all([blocker, early, later].map(run));
    },
    (runs) => runs.every(({ status }) => status === 'completed'),
  );
  expect(ended.map(({ job_version }) => job_version)).toEqual([1, ...versions]);
  const called = endpoint.received.map(({ path }) => (path.startsWith('/slow') ? 1 : Number(path.slice(2))));
  expect(called).toEqual([1, ...versions]);
});
