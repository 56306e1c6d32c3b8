import { eventually } from '../support/eventually.js';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { createJob, EXECUTIONS, type Job, JOBS, startApi } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

interface Execution {
  status: string;
  pendingReason: string | null;
  retryCount: number;
}

let endpoint: CountingEndpoint;

beforeAll(async () => {
  endpoint = await startCountingEndpoint();
});
afterAll(() => endpoint.close());

async function trigger(service: TestService, { id }: Job): Promise<string> {
  return (await service.call('POST', `${JOBS}/${id}/trigger`)).body as string;
}

async function read(service: TestService, id: string): Promise<Execution> {
  return (await service.call('GET', `${EXECUTIONS}/${id}`)).body as Execution;
}

describe('pendingReason with workers', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it('tells until when the next attempt is delayed', async () => {
    const job = await createJob(service, {
      jobConfiguration: { url: endpoint.url, expectedStatuses: [418] },
      retryPolicy: { maxAttempts: 2, delaySeconds: 3_600 },
    });
    const id = await trigger(service, job);
    const execution = await eventually(
      () => read(service, id),
      ({ status, retryCount }) => status === 'Pending' && retryCount === 1,
    );
    expect(execution.pendingReason).toMatch(/^It is delayed until \d{4}-\d\d-\d\dT.*Z\.$/);
    const list = await service.call('GET', `${JOBS}/${job.id}/executions`);
    expect(list.body).toMatchObject({ items: [{ id, pendingReason: null }] });
  });

  it('tells that concurrency blocks it, and nothing once it runs', async () => {
    const job = await createJob(service, {
      maxConcurrency: 1,
      jobConfiguration: { url: `${endpoint.url}/slow` },
    });
    const first = await trigger(service, job);
    await eventually(
      () => read(service, first),
      ({ status }) => status === 'Running',
    );
    const second = await trigger(service, job);
    expect((await read(service, second)).pendingReason).toMatch(/blocked by concurrency/);
    expect((await read(service, first)).pendingReason).toBeNull();
    endpoint.release();
  });
});

describe('pendingReason without workers', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startApi();
  });
  afterAll(() => service.stop());

  it('tells that no worker is alive', async () => {
    const id = await trigger(service, await createJob(service));
    expect(await read(service, id)).toMatchObject({
      status: 'Pending',
      pendingReason: 'No worker is alive.',
    });
  });
});
