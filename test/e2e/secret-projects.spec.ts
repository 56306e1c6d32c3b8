import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, fieldsOf422, minimalJob, V1_JOBS, V1_RUNS } from '../support/jobs-api.js';
import { createJob, EXECUTIONS, fieldsAtFault, JOBS, MINIMAL_JOB } from '../support/scheduler-api.js';
import { type Answer, startService, type TestService } from '../support/service.js';

const SECRETS = '/api/v1/scheduler/secrets';
const IMPORT = '/api/v1/scheduler/admin/import';
const VALUE = 'value-of-the-other-team';

let service: TestService;
let endpoint: Endpoint;
/** Whatever reached the endpoint: URL, headers and body. */
const reached: string[] = [];

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    void bodyOf(request).then((text) => {
      reached.push(`${request.url} ${JSON.stringify(request.headers)} ${text}`);
      response.end();
    });
  });
  service = await startService();
});
afterAll(async () => {
  await service.stop();
  await endpoint.close();
});
beforeEach(() => (reached.length = 0));

/** As somebody whose token is limited to projects; by default an admin of the project `own`. */
function as(projects: string[] = ['own'], role: 'operator' | 'admin' | 'viewer' = 'admin') {
  return { token: service.token(role, { projects, subject: 'limited' }) };
}

/** Makes a secret anew, by somebody who reaches every project. */
async function secret(name: string, projects: string[] | null): Promise<void> {
  await service.call('DELETE', `${SECRETS}/${name}`);
  const { status } = await service.call('POST', SECRETS, { name, value: VALUE, projects });
  expect(status).toBe(201);
}

function calling(name: string): object {
  return { url: endpoint.origin, headers: { Authorization: `Bearer \${{ secrets.${name} }}` } };
}

async function failureOf(jobId: string): Promise<unknown> {
  const { body: id } = await service.call('POST', `${JOBS}/${jobId}/trigger`);
  await eventually(
    () => service.call('GET', `${EXECUTIONS}/${id}`),
    ({ body }) => body.completedAt !== null,
  );
  const { body } = await service.call('GET', `${EXECUTIONS}/${id}/attempts`);
  return body[0]?.errorCode;
}

describe('a job that refers to a secret of other projects', () => {
  beforeAll(() => secret('OTHER_TEAM', ['other']));

  /** What a refusal says, the name of the secret and what is different in each answer aside. */
  const told = ({ status, body }: Answer, name: string) => {
    const text = JSON.stringify({ ...body, traceId: null, request_id: null });
    return { status, text: text.replaceAll(name, 'THE_SECRET') };
  };

  it.each(['operator', 'admin'] as const)('is refused as if there were none, to an %s', async (role) => {
    const ask = (name: string) =>
      service.call('POST', JOBS, { ...MINIMAL_JOB, jobConfiguration: calling(name) }, as(['own'], role));
    const refused = await ask('OTHER_TEAM');
    expect(fieldsAtFault(refused)).toEqual(['jobConfiguration.headers.Authorization']);
    expect(told(refused, 'OTHER_TEAM')).toEqual(told(await ask('NOWHERE'), 'NOWHERE'));
  });

  it('is refused by an update, in either dialect, and in its webhook', async () => {
    const job = await createJob(service, {}, as());
    const put = await service.call(
      'PUT',
      `${JOBS}/${job.id}`,
      { jobConfiguration: calling('OTHER_TEAM') },
      as(),
    );
    expect(fieldsAtFault(put)).toEqual(['jobConfiguration.headers.Authorization']);
    const ask = (name: string) =>
      service.call(
        'PATCH',
        `${V1_JOBS}/${job.id}`,
        { webhook_url: `${endpoint.origin}/\${{ secrets.${name} }}` },
        as(),
      );
    const patch = await ask('OTHER_TEAM');
    expect(fieldsOf422(patch)).toEqual(['webhook_url']);
    expect(told(patch, 'OTHER_TEAM')).toEqual(told(await ask('NOWHERE'), 'NOWHERE'));
    const made = minimalJob({ project_id: 'own', endpoint_url: '${{ secrets.OTHER_TEAM }}' });
    expect(fieldsOf422(await service.call('POST', V1_JOBS, made, as()))).toEqual(['endpoint_url']);
  });

  it.each(['create', 'upsert', 'plan'])('is refused by an import (%s)', async (mode) => {
    const file = (entry: object) => ({
      mode,
      jsonPayload: JSON.stringify([{ ...MINIMAL_JOB, jobConfiguration: calling('OTHER_TEAM'), ...entry }]),
    });
    const refused = await service.call('POST', IMPORT, file({ projectId: 'own' }), as());
    expect(fieldsAtFault(refused)).toEqual(['jobs.0.jobConfiguration.headers.Authorization']);
    // For a foreign project nothing is told but that it is one: else the answer told which secrets it has.
    for (const name of ['OTHER_TEAM', 'NOWHERE']) {
      const foreign = file({ projectId: 'other', jobConfiguration: calling(name) });
      expect(fieldsAtFault(await service.call('POST', IMPORT, foreign, as()))).toEqual(['jobs.0.projectId']);
    }
  });

  it('is refused as a copy in another project, also to who reaches both', async () => {
    const both = as(['other', 'own']);
    const job = await createV1Job(service, { project_id: 'other' }, both);
    const configured = { jobConfiguration: calling('OTHER_TEAM') };
    expect((await service.call('PUT', `${JOBS}/${job.id}`, configured, both)).status).toBe(200);
    const exported = (await service.call('GET', '/api/v1/scheduler/admin/export', undefined, both)).body;
    const entry = exported.jobs.find(({ id }: { id: string }) => id === job.id);
    const moved = { jsonPayload: JSON.stringify([{ ...entry, projectId: 'own' }]) };
    expect(fieldsAtFault(await service.call('POST', IMPORT, moved, both))).toEqual([
      'jobs.0.jobConfiguration.headers.Authorization',
    ]);
    const clone = () => service.call('POST', `${V1_JOBS}/${job.id}/clone`, {}, both);
    expect((await clone()).status).toBe(201);
    await secret('OTHER_TEAM', ['third']);
    const refused = await clone();
    await secret('OTHER_TEAM', ['other']);
    expect(fieldsOf422(refused)).toEqual(['configuration.headers.Authorization']);
  });
});

describe('an attempt', () => {
  it('gets a secret of its project, and one for every project', async () => {
    await secret('MINE', ['own', 'other']);
    await secret('COMMON', null);
    for (const name of ['MINE', 'COMMON']) {
      const job = await createJob(service, { jobConfiguration: calling(name) }, as(['own'], 'operator'));
      expect(await failureOf(job.id)).toBeNull();
      expect(reached.pop()).toContain(VALUE);
    }
  });

  it('gets none that has been taken from its project since the job was made', async () => {
    await secret('NARROWED', null);
    const job = await createJob(service, { jobConfiguration: calling('NARROWED') }, as());
    expect(await failureOf(job.id)).toBeNull();
    reached.length = 0;
    await service.call('PUT', `${SECRETS}/NARROWED`, { projects: ['other'] });
    expect(await failureOf(job.id)).toBe('secret_missing');
    expect(reached).toEqual([]);
    await service.call('PUT', `${SECRETS}/NARROWED`, { projects: ['other', 'own'] });
    expect(await failureOf(job.id)).toBeNull();
  });

  it('goes by the project that the job belongs to by then', async () => {
    await secret('STAYS', ['own']);
    const job = await createJob(service, { jobConfiguration: calling('STAYS') }, as());
    const sql = service.app.get(DataSource);
    await sql.query('UPDATE jobs SET project_id = $2 WHERE id = $1', [job.id, 'other']);
    expect(await failureOf(job.id)).toBe('secret_missing');
    expect(reached).toEqual([]);
  });

  it('at a webhook gets none either', async () => {
    await secret('HOOKED', null);
    const webhook = { webhook_url: `${endpoint.origin}/hook/\${{ secrets.HOOKED }}` };
    const job = await createV1Job(service, { project_id: 'own', endpoint_url: endpoint.origin, ...webhook });
    await service.call('PUT', `${SECRETS}/HOOKED`, { projects: ['other'] });
    const { body: run } = await service.call('POST', `${V1_JOBS}/${job.id}/trigger`, {});
    const { body: deliveries } = await eventually(
      () => service.call('GET', `${V1_RUNS}/${run.id}/webhook-deliveries`),
      ({ body }) => body.length > 0 && body[0].attempts > 0,
    );
    expect(JSON.stringify(deliveries)).toContain('secret_missing');
    expect(reached.filter((call) => call.startsWith('/hook'))).toEqual([]);
    expect(JSON.stringify(reached)).not.toContain(VALUE);
  });
});

describe('who is limited to projects', () => {
  beforeAll(async () => {
    await secret('FOR_ALL', null);
    await secret('SHARED', ['own', 'other']);
    await secret('FOREIGN', ['other']);
    await secret('OWNED', ['own']);
  });

  it('sees the secrets that jobs there may use, and no names of other projects', async () => {
    const { body } = await service.call('GET', `${SECRETS}?pageSize=200`, undefined, as(['own'], 'viewer'));
    const seen = Object.fromEntries(
      (body.items as { name: string; projects: string[] | null }[]).map(({ name, projects }) => [
        name,
        projects,
      ]),
    );
    expect(seen).toMatchObject({ FOR_ALL: null, SHARED: ['own'], OWNED: ['own'] });
    expect(seen).not.toHaveProperty('FOREIGN');
    expect(body.totalCount).toBe(body.items.length);
    expect(JSON.stringify(Object.values(seen))).not.toContain('other');
    const nobody = await service.call('GET', SECRETS, undefined, as([]));
    expect(nobody.body).toMatchObject({ items: [], totalCount: 0 });
    const all = await service.call('GET', `${SECRETS}/SHARED`);
    expect(all.body.projects).toEqual(['own', 'other']);
    const read = await service.call('GET', `${SECRETS}/SHARED`, undefined, as());
    expect(read.body.projects).toEqual(['own']);
  });

  it.each([
    ['FOREIGN', 404, 'secret_not_found'],
    ['NOWHERE', 404, 'secret_not_found'],
    ['FOR_ALL', 403, 'secret_shared'],
    ['SHARED', 403, 'secret_shared'],
  ])('cannot change %s: %i %s', async (name, status, code) => {
    const before = (await service.call('GET', `${SECRETS}/${name}`)).body;
    const path = `${SECRETS}/${name}`;
    for (const change of [{ value: 'mine now' }, { projects: ['own'] }, { allowedHosts: null }])
      expect(await service.call('PUT', path, change, as())).toMatchObject({ status, body: { code } });
    expect(await service.call('DELETE', path, undefined, as())).toMatchObject({ status, body: { code } });
    if (name === 'FOREIGN') expect((await service.call('GET', path, undefined, as())).status).toBe(404);
    const after = (await service.call('GET', path)).body;
    expect({ ...after, traceId: null }).toEqual({ ...before, traceId: null });
  });

  it('changes and deletes what belongs to these alone', async () => {
    const path = `${SECRETS}/OWNED`;
    const changed = await service.call('PUT', path, { value: 'another' }, as());
    expect(changed).toMatchObject({ status: 200, body: { projects: ['own'], updatedBy: 'limited' } });
    const moved = await service.call('PUT', path, { projects: ['next'] }, as(['own', 'next']));
    expect(moved.body.projects).toEqual(['next']);
    expect((await service.call('DELETE', path, undefined, as())).status).toBe(404);
    expect((await service.call('DELETE', path, undefined, as(['next']))).status).toBe(204);
  });

  it('makes secrets for these: by default, and for no others', async () => {
    const create = (name: string, projects?: string[] | null, reach = ['own', 'next']) =>
      service.call('POST', SECRETS, { name, value: VALUE, projects }, as(reach));
    expect((await create('DEFAULT')).body.projects).toEqual(['own', 'next']);
    expect((await create('CHOSEN', ['next', 'next'])).body.projects).toEqual(['next']);
    for (const refused of [
      await create('REFUSED', ['own', 'other']),
      await create('REFUSED', null),
      await create('REFUSED', undefined, []),
      await service.call('PUT', `${SECRETS}/DEFAULT`, { projects: null }, as(['own', 'next'])),
      await service.call('PUT', `${SECRETS}/DEFAULT`, { projects: ['other'] }, as(['own', 'next'])),
    ]) {
      expect(refused.body.code).toBe('project_forbidden');
      expect(fieldsAtFault(refused)).toEqual(['projects']);
    }
    expect((await service.call('GET', `${SECRETS}/REFUSED`)).status).toBe(404);
    expect((await service.call('GET', `${SECRETS}/DEFAULT`)).body.projects).toEqual(['own', 'next']);
  });
});

describe('who reaches every project', () => {
  it('gives secrets to any, or to all', async () => {
    const created = await service.call('POST', SECRETS, { name: 'ANY', value: VALUE });
    expect(created.body.projects).toBeNull();
    const put = (projects: unknown) => service.call('PUT', `${SECRETS}/ANY`, { projects });
    expect((await put(['a', 'b'])).body.projects).toEqual(['a', 'b']);
    expect((await service.call('PUT', `${SECRETS}/ANY`, { value: 'again' })).body.projects).toEqual([
      'a',
      'b',
    ]);
    expect((await put(null)).body.projects).toBeNull();
    for (const wrong of [[], 'a']) expect(fieldsAtFault(await put(wrong))).toEqual(['projects']);
    for (const wrong of ['', 1]) expect(fieldsAtFault(await put(['a', wrong]))).toEqual(['projects.1']);
  });
});
