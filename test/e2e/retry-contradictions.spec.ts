import { DataSource } from 'typeorm';
import { createV1Job, fieldsOf422, minimalJob, startJobsApi, V1_JOBS, V1_RUNS } from '../support/jobs-api.js';
import { createJob, fieldsAtFault, JOBS, MINIMAL_JOB } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

/** Accepted before contradictions were refused: of its six delays only one can ever be used. */
const TOO_MANY = {
  maxAttempts: 2,
  strategy: 'custom',
  delaySeconds: 0,
  maxDelaySeconds: null,
  delaysSeconds: [1, 2, 3, 4, 5, 6],
  jitter: 0,
};

let service: TestService;
beforeAll(async () => {
  service = await startJobsApi();
});
afterAll(() => service.stop());

const importing = (jobs: object[], mode: string) =>
  service.call('POST', '/api/v1/scheduler/admin/import', { jsonPayload: JSON.stringify({ jobs }), mode });

/** A job whose policy was stored before. */
async function contradictoryJob(): Promise<string> {
  const { id } = await createJob(service);
  await service.app
    .get(DataSource)
    .query('UPDATE jobs SET retry = $2, max_attempts = 2 WHERE id = $1', [id, JSON.stringify(TOO_MANY)]);
  return id;
}

describe('a retry policy that contradicts itself', () => {
  it('is refused wherever jobs come in many', async () => {
    const entry = { ...MINIMAL_JOB, retryPolicy: TOO_MANY };
    expect(fieldsAtFault(await importing([MINIMAL_JOB, entry], 'create'))).toEqual([
      'jobs.1.retryPolicy.delaysSeconds',
    ]);
    const wrong = minimalJob({ max_attempts: 1, retry_strategy: 'custom', retry_delays_secs: [1] });
    expect(fieldsOf422(await service.call('POST', `${V1_JOBS}/batch`, [minimalJob(), wrong]))).toEqual([
      '1.retry_delays_secs',
    ]);
  });

  it('is refused when a change of one dialect breaks what the other one has set', async () => {
    const { id } = await createJob(service, {
      retryPolicy: { maxAttempts: 3, strategy: 'custom', delaysSeconds: [1, 5] },
    });
    const fewer = await service.call('PATCH', `${V1_JOBS}/${id}`, { max_attempts: 2 });
    expect(fieldsOf422(fewer)).toEqual(['retry_delays_secs']);
    expect(fewer.body.error.message).toMatch(
      'at most 1, one fewer than the 2 attempts, and lists 2: leave out',
    );
    const both = { max_attempts: 2, retry_delays_secs: [1] };
    expect((await service.call('PATCH', `${V1_JOBS}/${id}`, both)).body).toMatchObject(both);
  });

  it('stays where it is stored, while other things change', async () => {
    const id = await contradictoryJob();
    const put = await service.call('PUT', `${JOBS}/${id}`, {
      name: 'Renamed',
      retryPolicy: { ...TOO_MANY, delaySeconds: null },
    });
    expect(put).toMatchObject({ status: 200, body: { name: 'Renamed' } });
    const patched = await service.call('PATCH', `${V1_JOBS}/${id}`, { timeout_secs: 9 });
    expect(patched).toMatchObject({
      status: 200,
      body: { timeout_secs: 9, retry_delays_secs: [1, 2, 3, 4, 5, 6] },
    });
    expect((await service.call('POST', `${JOBS}/${id}/trigger`)).status).toBe(202);
    const exported = (await service.call('GET', '/api/v1/scheduler/admin/export')).body.jobs as {
      id: string;
    }[];
    const entry = { ...exported.find((one) => one.id === id), tags: ['imported'] };
    expect((await importing([entry], 'upsert')).status).toBe(200);
  });

  it('is refused as soon as a part of it changes', async () => {
    const id = await contradictoryJob();
    const change = { retryPolicy: { ...TOO_MANY, delaysSeconds: [1, 2, 3] } };
    expect(fieldsAtFault(await service.call('PUT', `${JOBS}/${id}`, change))).toEqual([
      'retryPolicy.delaysSeconds',
    ]);
  });
});

describe('overrides of a trigger that contradict each other', () => {
  const tooLong = { retry_initial_delay_secs: 10, retry_max_delay_secs: 5 };

  it.each([
    ['a first pause above the longest', tooLong],
    ['growth from nothing', { retry_backoff: 'exponential', retry_initial_delay_secs: 0 }],
  ])('are a 422 that names the first pause: %s', async (_, overrides) => {
    const { id } = await createV1Job(service);
    const single = await service.call('POST', `${V1_JOBS}/${id}/trigger`, overrides);
    expect(fieldsOf422(single)).toEqual(['retry_initial_delay_secs']);
    const bulk = await service.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items: [{}, overrides] });
    expect(fieldsOf422(bulk)).toEqual(['items.1.retry_initial_delay_secs']);
    expect((await service.call('GET', `${V1_RUNS}?job_id=${id}`)).body).toEqual([]);
  });
});
