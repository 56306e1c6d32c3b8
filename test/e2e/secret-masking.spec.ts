import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { V1_JOBS } from '../support/jobs-api.js';
import { createJob, EXECUTIONS, JOBS, type Job } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

/** Part of every secret here, and of nothing else. */
const MARK = 's3cret';
const HEADERS = [
  'X-Auth-Key',
  'Ocp-Apim-Subscription-Key',
  'x-functions-key',
  'X-Auth',
  'Api-Auth',
  'X-JWT',
  'X-Session-Id',
  'X-Signature',
  'X-Shared-Key',
  'X-Otp',
];
const PARAMETERS = ['sig', 'key', 'code', 'auth', 'X-Amz-Signature', 'pass', 'pin', 'pwd', 'session'];
const ORDINARY = { 'Idempotency-Key': 'once', Accept: 'text/plain' };

let service: TestService;
let endpoint: Endpoint;
let job: Job;
const calls: { url: URL; headers: Record<string, unknown>; body: unknown }[] = [];

const secretsOf = (place: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, `${place}-${name}-${MARK}`]));
const masksOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '***']));
const inUrl = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

const given = () => ({
  url: `${endpoint.origin}/a?page=2&${inUrl(secretsOf('url', PARAMETERS))}`,
  method: 'POST',
  headers: { ...ORDINARY, ...secretsOf('header', HEADERS) },
  query: { size: 20, ...secretsOf('query', PARAMETERS) },
  body: {
    key: 'product',
    code: 'DE',
    value: 1,
    pin: `pin-${MARK}`,
    auth: { user: 'ann', key: `key-${MARK}`, pass: `pass-${MARK}` },
  },
});
const shown = () => ({
  url: `${endpoint.origin}/a?page=2&${inUrl(masksOf(PARAMETERS))}`,
  method: 'POST',
  headers: { ...ORDINARY, ...masksOf(HEADERS) },
  query: { size: 20, ...masksOf(PARAMETERS) },
  body: { key: 'product', code: 'DE', value: 1, pin: '***', auth: { user: 'ann', key: '***', pass: '***' } },
});

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    void bodyOf(request).then((text) => {
      const { headers } = request;
      calls.push({ url: new URL(request.url ?? '', endpoint.origin), headers, body: JSON.parse(text) });
      // It says back what it was told, which must not get out either.
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ headers, text, url: request.url, key: 'product' }));
    });
  });
  service = await startService();
  job = await createJob(service, { jobConfiguration: given() });
  const update = { jobConfiguration: job.jobConfiguration, description: 'saved from its view' };
  expect((await service.call('PUT', `${JOBS}/${job.id}`, update)).status).toBe(200);
});
afterAll(async () => {
  await service.stop();
  await endpoint.close();
});

it.each([
  ['a viewer reads it', (id: string) => `${JOBS}/${id}`],
  ['jobs are listed', () => JOBS],
  ['its versions are read', (id: string) => `${V1_JOBS}/${id}/versions`],
  ['the other dialect reads it', (id: string) => `${V1_JOBS}/${id}`],
])('credentials in headers and parameters are masked where %s', async (_where, path) => {
  const token = service.token('viewer');
  const { status, body } = await service.call('GET', path(job.id), undefined, { token });
  expect(status).toBe(200);
  expect(JSON.stringify(body)).not.toContain(MARK);
  if (path(job.id) === `${JOBS}/${job.id}`) expect(body.jobConfiguration).toEqual(shown());
});

it.each([
  ['an export', '/api/v1/scheduler/admin/export'],
  ['the audit trail', '/api/v1/scheduler/admin/audit?pageSize=200'],
])('and in %s', async (_where, path) => {
  const text = JSON.stringify((await service.call('GET', path)).body);
  expect(text).not.toContain(MARK);
  for (const name of HEADERS) expect(text).toContain(`"${name}":"***"`);
});

it('they are sealed, stay through an update of the view, and are sent', async () => {
  const [row] = await service.app
    .get(DataSource)
    .query<{ text: string }[]>(
      'SELECT concat(j.configuration, v.definition) AS text FROM jobs j JOIN job_versions v ON v.job_id = j.id WHERE j.id = $1',
      [job.id],
    );
  expect(row?.text).toContain('product');
  expect(row?.text).not.toContain(MARK);

  const { body: id } = await service.call('POST', `${JOBS}/${job.id}/trigger`);
  const { body: execution } = await eventually(
    () => service.call('GET', `${EXECUTIONS}/${id}`),
    ({ body }) => body.completedAt !== null,
  );
  expect(execution.status).toBe('Succeeded');
  const [call] = calls;
  const lowered = Object.entries(secretsOf('header', HEADERS)).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  expect(call?.headers).toMatchObject(Object.fromEntries(lowered));
  for (const name of PARAMETERS)
    expect(call?.url.searchParams.getAll(name)).toEqual([`url-${name}-${MARK}`, `query-${name}-${MARK}`]);
  expect(call?.body).toEqual(given().body);
  expect(execution.output).toContain('product');
  expect(JSON.stringify(execution)).not.toContain(MARK);
});
