import { headOfStream } from '../support/event-stream.js';
import { createV1Job, startJobsApi, V1_JOBS } from '../support/jobs-api.js';
import { operationsOf, readDocument, takesRunToken } from '../support/openapi.js';
import type { TestService } from '../support/service.js';

const ALL = operationsOf(readDocument('openapi/jobs.json'));
const REPORTS = ALL.filter(takesRunToken);
const OPERATIONS = ALL.filter((operation) => !takesRunToken(operation));

/** A body that would work with the things of the own project. */
const BODIES: Record<string, object> = {
  createJob: { project_id: 'foreign', name: 'x', slug: 'x', endpoint_url: 'http://127.0.0.1:9/' },
  batchCreateJobs: {
    jobs: [{ project_id: 'foreign', name: 'x', slug: 'x', endpoint_url: 'http://127.0.0.1:9/' }],
  },
  bulkTriggerJob: { items: [{}] },
  createJobDependency: { depends_on_job_id: '01890000-0000-7000-8000-000000000000' },
};

let service: TestService;
let ids: Record<string, string>;

beforeAll(async () => {
  service = await startJobsApi();
  const job = await createV1Job(service, { project_id: 'foreign', webhook_url: 'http://127.0.0.1:9/' });
  const run = await service.call('POST', `${V1_JOBS}/${job.id}/trigger`, {});
  const id = run.body.id as string;
  await service.call('POST', `/v1/runs/${id}/cancel`);
  const [delivery] = (await service.call('GET', `/v1/runs/${id}/webhook-deliveries`)).body;
  const other = await createV1Job(service, { project_id: 'foreign' });
  const dependency = await service.call('POST', `${V1_JOBS}/${job.id}/dependencies`, {
    depends_on_job_id: other.id,
  });
  ids = {
    jobId: job.id,
    versionId: job.version_id,
    id,
    deliveryId: delivery.id as string,
    dependencyId: dependency.body.id as string,
  };
});
afterAll(() => service.stop());

describe('everything of a foreign project is a 404', () => {
  it.each(OPERATIONS.map((operation) => [operation.operationId, operation] as const))(
    '%s',
    async (name, operation) => {
      const path = operation.path.replace(/\{(\w+)\}/g, (_match, parameter: string) => ids[parameter] ?? '');
      const query = operation.path.includes('{') || operation.method !== 'GET' ? '' : '?project_id=foreign';
      const body = name.startsWith('batch') && !BODIES[name] ? { ids: [ids.jobId] } : (BODIES[name] ?? {});
      const send = (projects: string[]) =>
        service.call(operation.method, path + query, operation.method === 'GET' ? undefined : body, {
          token: service.token('admin', { projects }),
        });
      expect(await send(['own'])).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    },
  );

  it.each(REPORTS.map(({ operationId, path }) => [operationId, path]))(
    '%s is for run tokens alone, whatever the project',
    async (_name, path) => {
      const token = service.token('admin');
      const answer = await service.call('POST', path.replace('{id}', ids.id ?? ''), {}, { token });
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'authentication_required' } } });
    },
  );

  it('leaves foreign jobs and runs out of lists', async () => {
    const token = service.token('admin', { projects: ['own'] });
    for (const path of ['/v1/jobs', '/v1/runs'])
      expect((await service.call('GET', path, undefined, { token })).body).toEqual([]);
  });

  it('and all of it is there for its own project', async () => {
    const token = service.token('admin', { projects: ['foreign'] });
    for (const { method, path, operationId, responses } of OPERATIONS) {
      if (method !== 'GET') continue;
      const streams = 'text/event-stream' in (responses['200']?.content ?? {});
      const read = (own: string) =>
        streams ? headOfStream(service, own, token) : service.call('GET', own, undefined, { token });
      const own = path.replace(/\{(\w+)\}/g, (_match, parameter: string) => ids[parameter] ?? '');
      expect([operationId, (await read(own)).status]).toEqual([operationId, 200]);
    }
  });
});
