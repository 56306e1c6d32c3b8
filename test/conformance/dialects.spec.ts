import { eventually } from '../support/eventually.js';
import { type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { startService, type TestService } from '../support/service.js';

/** One dialect, as far as scenarios need it: everything in the same words. */
interface Dialect {
  create(url: string): Promise<string>;
  rename(id: string, name: string): Promise<void>;
  nameOf(id: string): Promise<string | null>;
  setEnabled(id: string, enabled: boolean): Promise<void>;
  isEnabled(id: string): Promise<boolean>;
  trigger(id: string): Promise<string>;
  hasSucceeded(run: string): Promise<boolean>;
  remove(id: string): Promise<void>;
}

let service: TestService;
let endpoint: Endpoint;
let slugs = 0;

const scheduler = '/api/v1/scheduler';
const body = async (method: string, path: string, content?: object) =>
  (await service.call(method, path, content)).body;

const DIALECTS: Record<'scheduler' | 'jobs', Dialect> = {
  scheduler: {
    create: async (url) =>
      (
        await body('POST', `${scheduler}/jobs`, {
          name: 'A job',
          jobType: 'HttpCall',
          scheduleType: 'Cron',
          scheduleExpression: '0 0 1 1 *',
          jobConfiguration: { url },
        })
      ).id as string,
    rename: async (id, name) => void (await body('PUT', `${scheduler}/jobs/${id}`, { name })),
    nameOf: async (id) => ((await body('GET', `${scheduler}/jobs/${id}`)).name as string | undefined) ?? null,
    setEnabled: async (id, isEnabled) => void (await body('PUT', `${scheduler}/jobs/${id}`, { isEnabled })),
    isEnabled: async (id) => (await body('GET', `${scheduler}/jobs/${id}`)).status === 'Enabled',
    trigger: async (id) => String(await body('POST', `${scheduler}/jobs/${id}/trigger`)),
    hasSucceeded: async (run) => (await body('GET', `${scheduler}/executions/${run}`)).status === 'Succeeded',
    remove: async (id) => void (await body('DELETE', `${scheduler}/jobs/${id}`)),
  },
  jobs: {
    create: async (endpoint_url) =>
      (
        await body('POST', '/v1/jobs', {
          project_id: 'default',
          name: 'A job',
          slug: `dialect-${++slugs}`,
          cron: '0 0 1 1 *',
          endpoint_url,
        })
      ).id as string,
    rename: async (id, name) => void (await body('PATCH', `/v1/jobs/${id}`, { name })),
    nameOf: async (id) => ((await body('GET', `/v1/jobs/${id}`)).name as string | undefined) ?? null,
    setEnabled: async (id, enabled) => void (await body('PATCH', `/v1/jobs/${id}`, { enabled })),
    isEnabled: async (id) => (await body('GET', `/v1/jobs/${id}`)).enabled as boolean,
    trigger: async (id) => (await body('POST', `/v1/jobs/${id}/trigger`, {})).id as string,
    hasSucceeded: async (run) => (await body('GET', `/v1/runs/${run}`)).status === 'completed',
    remove: async (id) => void (await body('DELETE', `/v1/jobs/${id}`)),
  },
};

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  service = await startService();
});
afterAll(async () => {
  await service.stop();
  await endpoint.close();
});

describe.each([
  ['scheduler', 'scheduler'],
  ['scheduler', 'jobs'],
  ['jobs', 'scheduler'],
  ['jobs', 'jobs'],
] as const)('a job made in the dialect %s and used in the dialect %s', (from, to) => {
  const made = DIALECTS[from];
  const used = DIALECTS[to];

  it('can be changed, and both see it', async () => {
    const id = await made.create(endpoint.origin);
    await used.rename(id, 'Renamed');
    expect([await made.nameOf(id), await used.nameOf(id)]).toEqual(['Renamed', 'Renamed']);
  });

  it('can be disabled and enabled, and both see it', async () => {
    const id = await made.create(endpoint.origin);
    await used.setEnabled(id, false);
    expect([await made.isEnabled(id), await used.isEnabled(id)]).toEqual([false, false]);
    await made.setEnabled(id, true);
    expect([await made.isEnabled(id), await used.isEnabled(id)]).toEqual([true, true]);
  });

  it('can be run, and both see how it ended', async () => {
    const run = await used.trigger(await made.create(endpoint.origin));
    await eventually(
      () => used.hasSucceeded(run),
      (succeeded) => succeeded,
    );
    expect(await made.hasSucceeded(run)).toBe(true);
  });

  it('can be deleted, and is gone for both', async () => {
    const id = await made.create(endpoint.origin);
    await used.remove(id);
    expect([await made.nameOf(id), await used.nameOf(id)]).toEqual([null, null]);
  });
});
