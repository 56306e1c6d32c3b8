import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, fieldsOf422, V1_JOBS } from '../support/jobs-api.js';
import { createJob, fieldsAtFault, JOBS, MINIMAL_JOB } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const SCHEDULER = '/api/v1/scheduler';
const createBody = (change: object = {}) => ({ ...MINIMAL_JOB, ...change });

/** Members that a careless copy of an object loses, for every object inherits one of that name. */
const INHERITED = { toString: 'keep me', valueOf: { a: 1 }, hasOwnProperty: null };

describe('bodies of another shape', () => {
  let service: TestService;
  let endpoint: Endpoint;
  const calls: { headers: Record<string, unknown>; body: unknown; url: string }[] = [];

  beforeAll(async () => {
    endpoint = await startEndpoint((request, response) => {
      void bodyOf(request).then((text) => {
        calls.push({ headers: request.headers, body: JSON.parse(text), url: request.url ?? '' });
        response.end();
      });
    });
    service = await startService();
  });
  afterAll(async () => {
    await service.stop();
    await endpoint.close();
  });

  it('select no job: a list of filters is refused and deletes nothing', async () => {
    const { id } = await createJob(service);
    for (const filter of [[{ tag: 'none' }], [[]], []])
      expect(fieldsAtFault(await service.call('POST', `${JOBS}/bulk/delete`, { filter }))).toEqual([
        'filter',
      ]);
    expect((await service.call('GET', `${JOBS}/${id}`)).status).toBe(200);
  });

  it.each<[string, string, () => object, string]>([
    ['keyed rates', JOBS, () => createBody({ rateLimitKeys: [[]] }), 'rateLimitKeys.0'],
    ['a retry policy', JOBS, () => createBody({ retryPolicy: [] }), 'retryPolicy'],
    ['jobs of a workflow', `${SCHEDULER}/workflows`, () => ({ name: 'w', jobs: [[]] }), 'jobs.0'],
    [
      'the schedule of a workflow',
      `${SCHEDULER}/workflows`,
      () => ({ name: 'w', jobs: [], schedule: [{ scheduleType: 'Cron', scheduleExpression: '0 0 1 1 *' }] }),
      'schedule',
    ],
  ])('are told of in the Scheduler API: %s', async (_what, path, body, field) => {
    expect(fieldsAtFault(await service.call('POST', path, body()))).toContain(field);
  });

  it.each(['dependencies', 'exclusions', 'retryPolicy', 'scheduledChange', 'rules', 'webhook'])(
    'are told of in an import: %s',
    async (field) => {
      const jsonPayload = JSON.stringify({ jobs: [createBody({ [field]: [] })] });
      const answer = await service.call('POST', `${SCHEDULER}/admin/import`, { jsonPayload });
      expect(fieldsAtFault(answer)).toEqual([`jobs.0.${field}`]);
    },
  );

  it('are told of in the Jobs API', async () => {
    const keys = await service.call('POST', V1_JOBS, { rate_limit_keys: [[]] });
    expect(fieldsOf422(keys)).toContain('rate_limit_keys.0');
    const { id } = await createV1Job(service, { endpoint_url: endpoint.origin });
    const bulk = await service.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items: [[]] });
    expect(fieldsOf422(bulk)).toEqual(['items.0']);
  });

  it.each(Object.keys(INHERITED))('have no unknown field %s', async (name) => {
    const nested = await service.call(
      'POST',
      JOBS,
      createBody({ [name]: 1, jobConfiguration: { url: endpoint.origin, [name]: 1 } }),
    );
    expect(fieldsAtFault(nested)).toEqual([name]);
    const inner = await service.call(
      'POST',
      JOBS,
      createBody({ jobConfiguration: { url: endpoint.origin, [name]: 1 } }),
    );
    expect(fieldsAtFault(inner)).toEqual([`jobConfiguration.${name}`]);
    expect(fieldsAtFault(await service.call('GET', `${JOBS}?${name}=1`))).toEqual([name]);
  });

  it('reach the endpoint as they were sent, whatever their members are called', async () => {
    const jobConfiguration = {
      url: `${endpoint.origin}/configured`,
      method: 'POST',
      headers: { toString: 'h' },
      query: { valueOf: 'q' },
      body: INHERITED,
    };
    const configured = await createJob(service, { jobConfiguration });
    expect(configured.jobConfiguration).toMatchObject(jobConfiguration);
    const paid = await createJob(service, {
      jobConfiguration: { url: `${endpoint.origin}/paid`, method: 'POST' },
    });
    await service.call('POST', `${JOBS}/${configured.id}/trigger`);
    await service.call('POST', `${JOBS}/${paid.id}/trigger`, { payload: INHERITED });
    const [one, other] = await eventually(
      () => ['/configured?valueOf=q', '/paid'].map((path) => calls.find(({ url }) => url === path)),
      (found) => found.every((call) => call !== undefined),
    );
    expect(one).toMatchObject({ body: INHERITED, headers: { tostring: 'h' } });
    expect(other).toMatchObject({ body: INHERITED });
  });

  it('do nothing that a query was to keep from being done', async () => {
    const before = (await service.call('GET', JOBS)).body.totalCount;
    for (const [path, body] of [
      [`${SCHEDULER}/admin/pause-all?dryRun=true`, undefined],
      [`${SCHEDULER}/admin/import?mode=plan`, { jsonPayload: JSON.stringify({ jobs: [createBody()] }) }],
      [`${JOBS}?dryRun=true`, createBody()],
    ] as const) {
      const answer = await service.call('POST', path, body);
      expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    }
    const v1 = await service.call('POST', `${V1_JOBS}?dry_run=true`, {});
    expect(fieldsOf422(v1)).toContain('dry_run');
    const { body } = await service.call('GET', JOBS);
    expect(body.totalCount).toBe(before);
    expect((body.items as { status: string }[]).map(({ status }) => status)).not.toContain('Paused');
  });
});
