import { type CarillonProcess, startCarillon } from '../support/carillon-process.js';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

const LEASE_SECONDS = 3;
/** The lease, the reaper's round, and what a busy machine takes. */
const RESCUED_WITHIN_MS = (LEASE_SECONDS + 2) * 1000;
const MACHINE_MS = 3_000;

/** Workers that die, freeze or are told to stop in the middle of a call. */
describe('a worker that is lost', () => {
  let database: TestDatabase;
  let endpoint: CountingEndpoint;
  let api: CarillonProcess;
  let worker: CarillonProcess;
  const helpers: CarillonProcess[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    endpoint = await startCountingEndpoint();
    api = await startCarillon(database.url, { ROLE: 'api' });
  }, 120_000);

  afterAll(async () => {
    await api.kill();
    await endpoint.close();
    await database.drop();
  }, 60_000);

  beforeEach(async () => {
    endpoint.received.length = 0;
    worker = await startCarillon(database.url, { ROLE: 'worker', LEASE_SECONDS: String(LEASE_SECONDS) });
  }, 120_000);

  afterEach(async () => {
    await Promise.all([worker, ...helpers.splice(0)].map((process) => process.kill()));
  });

  it('killed in the middle of a call: its execution is rescued and ends once', async () => {
    const id = await triggerSlowCall();
    await eventually(
      () => endpoint.received.length,
      (calls) => calls === 1,
    );
    await worker.kill();
    const killedAt = Date.now();
    await startRescuers();
    const startedAt = Date.now();
    const [, second] = await eventually(
      () => endpoint.received,
      (calls) => calls.length === 2,
      { timeoutMs: 30_000 },
    );
    endpoint.release();
    const execution = await ended(id);
    expect(execution).toMatchObject({ status: 'Succeeded', retryCount: 1 });
    expect(second).toMatchObject({ executionId: id, attempt: 2 });
    // The rescuers themselves had to start first.
    const allowed = Math.max(killedAt + RESCUED_WITHIN_MS, startedAt + 2_000) + MACHINE_MS;
    expect(second?.at).toBeLessThan(allowed);
    const attempts = await api.call('GET', `/api/v1/scheduler/executions/${id}/attempts`);
    expect(attempts.body).toMatchObject([
      { attempt: 1, status: 'Failed', failureKind: 'crash' },
      { attempt: 2, status: 'Succeeded' },
    ]);
  }, 180_000);

  it('stopped past its lease and continued: its late result changes nothing', async () => {
    const id = await triggerSlowCall();
    await eventually(
      () => endpoint.received.length,
      (calls) => calls === 1,
    );
    worker.process.kill('SIGSTOP');
    await startRescuers();
    await eventually(
      () => endpoint.received.length,
      (calls) => calls === 2,
      { timeoutMs: 30_000 },
    );
    endpoint.release();
    const before = await ended(id);
    expect(before).toMatchObject({ status: 'Succeeded', retryCount: 1 });
    worker.process.kill('SIGCONT');
    // It has its answer by now and tries to write it, or finds out that its lease is gone.
    await worker.process.nextLine((line) =>
      /result was refused|Lost the lease/.test(line) ? true : undefined,
    );
    expect(await execution(id)).toEqual(before);
  }, 180_000);

  it('told to stop: what runs may finish, nothing is left behind', async () => {
    const id = await triggerSlowCall();
    await eventually(
      () => endpoint.received.length,
      (calls) => calls === 1,
    );
    const stopped = worker.stop();
    endpoint.release();
    await stopped;
    expect(await execution(id)).toMatchObject({ status: 'Succeeded', retryCount: 0 });
  }, 120_000);

  /** A reaper and another worker. */
  async function startRescuers(): Promise<void> {
    helpers.push(await startCarillon(database.url, { ROLE: 'scheduler' }));
    helpers.push(await startCarillon(database.url, { ROLE: 'worker' }));
  }

  async function triggerSlowCall(): Promise<string> {
    const job = await api.call('POST', '/api/v1/scheduler/jobs', {
      name: 'slow call',
      jobType: 'HttpCall',
      scheduleType: 'Interval',
      intervalSeconds: 86_400,
      jobConfiguration: { url: `${endpoint.url}/slow` },
    });
    expect(job.status).toBe(201);
    const triggered = await api.call('POST', `/api/v1/scheduler/jobs/${job.body.id}/trigger`);
    expect(triggered.status).toBe(202);
    return triggered.body;
  }

  async function execution(id: string) {
    return (await api.call('GET', `/api/v1/scheduler/executions/${id}`)).body;
  }

  function ended(id: string) {
    return eventually(
      () => execution(id),
      (body) => body.completedAt !== null,
      { timeoutMs: 30_000 },
    );
  }
});
