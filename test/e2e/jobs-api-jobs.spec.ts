import { DataSource } from 'typeorm';
import { ConfigurationVault } from '../../src/modules/secrets/configuration-vault.js';
import {
  createV1Job,
  fieldsOf422,
  minimalJob,
  startJobsApi,
  type V1Job,
  V1_JOBS,
} from '../support/jobs-api.js';
import { createJob, JOBS } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

const everyField = {
  name: 'Sync inventory',
  slug: 'sync-inventory',
  endpoint_url: 'https://your-service.example.com/jobs/sync',
  fallback_endpoint_url: 'https://standby.example.com/jobs/sync',
  description: 'What it is for',
  group_id: 'stock',
  environment_id: 'production',
  cron: '0 7 * * 1-5',
  timezone: 'Europe/Berlin',
  payload_schema: { type: 'object', required: ['warehouse'] },
  tags: { team: 'stock', urgent: '' },
  default_run_metadata: { source: 'nightly' },
  max_attempts: 5,
  timeout_secs: 60,
  max_concurrency: 2,
  priority: 7,
  dedup_window_secs: 30,
  run_ttl_secs: 600,
  retry_strategy: 'custom',
  retry_delays_secs: [1, 5, 30],
  webhook_url: 'https://your-service.example.com/hooks',
  enabled: false,
  version_policy: 'pin',
};

let service: TestService;
beforeAll(async () => {
  service = await startJobsApi();
});
afterAll(() => service.stop());

describe('creating a job', () => {
  it('echoes every field, with version 1 and a Location', async () => {
    const { status, headers, body } = await service.call('POST', V1_JOBS, minimalJob(everyField));
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...everyField, project_id: 'default', version: 1, created_by: 'tester' });
    expect(headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect((await service.call('GET', `${V1_JOBS}/${body.id}`)).body).toEqual(body);
  });

  it('has the decided defaults', async () => {
    expect(await createV1Job(service)).toMatchObject({
      max_attempts: 3,
      timeout_secs: 300,
      retry_strategy: 'exponential',
      retry_delays_secs: null,
      cron: null,
      timezone: 'UTC',
      enabled: true,
      priority: 0,
      tags: {},
    });
  });

  it.each([
    ['slug', { slug: 'has spaces' }],
    ['cron', { cron: '0 0 7 * * 1' }],
    ['cron', { cron: '@daily' }],
    ['max_attempts', { max_attempts: 101 }],
    ['timeout_secs', { timeout_secs: 0 }],
    ['priority', { priority: 11 }],
    ['tags', { tags: { 'a:b': 'c' } }],
    ['endpoint_url', { endpoint_url: 'ftp://example.com' }],
    ['fallback_endpoint_url', { fallback_endpoint_url: 'not a URL' }],
    ['payload_schema', { payload_schema: { type: 'no such type' } }],
    ['retry_delays_secs', { retry_strategy: 'custom' }],
    ['retry_delays_secs', { retry_delays_secs: [1] }],
    ['retry_delays_secs', { max_attempts: 2, retry_strategy: 'custom', retry_delays_secs: [1, 2] }],
    ['timezone', { timezone: 'Mars/Olympus' }],
    ['max_concurrency_per_key', { max_concurrency_per_key: 0 }],
    ['rate_limit_window_secs', { rate_limit_max: 5 }],
    ['rate_limit_max', { rate_limit_window_secs: 5 }],
    ['rate_limit_keys.0.window_secs', { rate_limit_keys: [{ name: 'a', max: 1, window_secs: 0 }] }],
    [
      'rate_limit_keys.1.name',
      { rate_limit_keys: [1, 2].map(() => ({ name: 'a', max: 1, window_secs: 1 })) },
    ],
    ['execution_window_cron', { execution_window_cron: '@daily' }],
    ['execution_window_cron', { execution_window_cron: '61 * * * *' }],
    ['version_policy', { version_policy: 'newest' }],
    ['webhook_url', { webhook_url: 'ftp://example.com' }],
    ['webhook_url', { webhook_url: 'https://me:pw@example.com' }],
    ['webhook_secret', { webhook_secret: 'signs-nothing-without-a-url' }],
    ['webhook_secret', { webhook_url: 'https://example.com', webhook_secret: 'too-short' }],
    ['webhook_secret', { webhook_url: 'https://example.com', webhook_secret: 'whsec_no base64 at all' }],
    ['webhook_secret', { webhook_url: 'https://example.com', webhook_secret: '${{ secrets.MISSING }}' }],
    ['webhook_secret', { webhook_url: 'https://example.com', webhook_secret: '***' }],
  ])('refuses a wrong %s with a 422 that names it', async (field, change) => {
    expect(fieldsOf422(await service.call('POST', V1_JOBS, minimalJob(change)))).toEqual([field]);
  });

  it('speaks of its own fields also in the messages', async () => {
    const answer = await service.call('POST', V1_JOBS, minimalJob({ fallback_endpoint_url: 'x' }));
    expect(fieldsOf422(answer)).toEqual(['fallback_endpoint_url']);
    expect(JSON.stringify(answer.body)).not.toContain('fallbackUrl');
  });

  it('keeps limits, windows and policies, shows them in both dialects, and takes them back with null', async () => {
    const given = {
      max_concurrency_per_key: 2,
      rate_limit_max: 100,
      rate_limit_window_secs: 60,
      rate_limit_keys: [{ name: 'warehouse', max: 5, window_secs: 30 }],
      execution_window_cron: '* 9-17 * * 1-5',
      version_policy: 'minor',
      backwards_compatible: false,
    };
    const { id } = await createV1Job(service, given);
    expect((await service.call('GET', `${V1_JOBS}/${id}`)).body).toMatchObject(given);
    expect((await service.call('GET', `/api/v1/scheduler/jobs/${id}`)).body).toMatchObject({
      maxConcurrencyPerKey: 2,
      rateLimit: { max: 100, windowSeconds: 60 },
      rateLimitKeys: [{ name: 'warehouse', max: 5, windowSeconds: 30 }],
      executionWindow: '* 9-17 * * 1-5',
      versionPolicy: 'minor',
      backwardsCompatible: false,
    });
    const renamed = await service.call('PATCH', `${V1_JOBS}/${id}`, { name: 'Renamed', rate_limit_max: 7 });
    expect(renamed.body).toMatchObject({ ...given, rate_limit_max: 7 });
    const none = {
      max_concurrency_per_key: null,
      rate_limit_max: null,
      rate_limit_window_secs: null,
      rate_limit_keys: null,
      execution_window_cron: null,
      version_policy: null,
      backwards_compatible: null,
    };
    const cleared = await service.call('PATCH', `${V1_JOBS}/${id}`, none);
    const defaults = { rate_limit_keys: [], version_policy: 'pin', backwards_compatible: true };
    expect(cleared.body).toMatchObject({ ...none, ...defaults, version: 3 });
    const { body: versions } = await service.call('GET', `${V1_JOBS}/${id}/versions`);
    expect(versions).toMatchObject([
      { version: 3, backwards_compatible: true },
      { version: 2, backwards_compatible: false },
      { version: 1, backwards_compatible: false },
    ]);
  });

  it('answers 409 where the slug is taken in the project, and not in another one', async () => {
    const { slug } = await createV1Job(service);
    const answer = await service.call('POST', V1_JOBS, minimalJob({ slug }));
    expect(answer).toMatchObject({
      status: 409,
      body: {
        error: { code: 'conflict', details: [{ field: 'slug' }] },
        request_id: answer.headers.get('x-request-id'),
      },
    });
    await createV1Job(service, { slug, project_id: 'other' });
  });
});

describe('listing jobs', () => {
  it('goes through all pages by the Link header, and filters', async () => {
    const project_id = 'listed';
    const made: V1Job[] = [];
    for (const [index, tags] of [{ a: '1' }, { a: '2' }, { a: '1' }].entries())
      made.push(
        await createV1Job(service, { project_id, tags, group_id: `g${index}`, enabled: index !== 1 }),
      );
    const seen: string[] = [];
    for (let path: string | undefined = `${V1_JOBS}?project_id=${project_id}&limit=2`; path;) {
      const { status, body, headers } = await service.call('GET', path);
      expect(status).toBe(200);
      expect(body.length).toBeLessThanOrEqual(2);
      seen.push(...(body as { id: string }[]).map(({ id }) => id));
      path = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(made.map(({ id }) => id));
    const ids = async (query: string) =>
      (
        (await service.call('GET', `${V1_JOBS}?project_id=${project_id}&${query}`)).body as { id: string }[]
      ).map(({ id }) => made.findIndex((job) => job.id === id));
    expect(await ids('tag=a:1')).toEqual([0, 2]);
    expect(await ids('enabled=false')).toEqual([1]);
    expect(await ids('enabled=true')).toEqual([0, 2]);
    expect(await ids('group_id=g2')).toEqual([2]);
    expect(await ids('environment_id=none')).toEqual([]);
  });

  it('refuses a cursor that no list has answered', async () => {
    expect(fieldsOf422(await service.call('GET', `${V1_JOBS}?cursor=x`))).toEqual(['cursor']);
  });
});

describe('batches', () => {
  it('creates all jobs, from a list or under "jobs"', async () => {
    const jobs = [minimalJob(), minimalJob()];
    const { status, body } = await service.call('POST', `${V1_JOBS}/batch`, jobs);
    expect(status).toBe(201);
    expect(body).toMatchObject(jobs);
    expect((await service.call('POST', `${V1_JOBS}/batch`, { jobs: [minimalJob()] })).status).toBe(201);
  });

  it('creates none where one is wrong, and names its index', async () => {
    const project_id = 'batch';
    const good = minimalJob({ project_id });
    const wrong = [good, minimalJob({ project_id, cron: 'often' })];
    expect(fieldsOf422(await service.call('POST', `${V1_JOBS}/batch`, wrong))).toEqual(['1.cron']);
    const taken = await service.call('POST', `${V1_JOBS}/batch`, [good, good]);
    expect(taken).toMatchObject({ status: 409, body: { error: { details: [{ field: '1.slug' }] } } });
    expect((await service.call('GET', `${V1_JOBS}?project_id=${project_id}`)).body).toEqual([]);
    const { slug } = await createV1Job(service, { project_id });
    const among = [minimalJob({ project_id }), minimalJob({ project_id }), minimalJob({ project_id, slug })];
    expect(await service.call('POST', `${V1_JOBS}/batch`, among)).toMatchObject({
      status: 409,
      body: { error: { details: [{ field: '2.slug' }] } },
    });
    expect((await service.call('GET', `${V1_JOBS}?project_id=${project_id}`)).body).toHaveLength(1);
  });

  it('takes 50 jobs at most', async () => {
    const many = Array.from({ length: 51 }, () => minimalJob());
    expect(fieldsOf422(await service.call('POST', `${V1_JOBS}/batch`, many))).toEqual(['jobs']);
  });

  it('disables and enables, and counts what changed', async () => {
    const jobs = [await createV1Job(service, { cron: '0 0 1 1 *' }), await createV1Job(service)];
    const ids = jobs.map(({ id }) => id);
    const states = () =>
      Promise.all(
        ids.map(async (id) => (await service.call('GET', `${V1_JOBS}/${id}`)).body.enabled as boolean),
      );
    expect((await service.call('POST', `${V1_JOBS}/batch-disable`, { ids })).body).toEqual({ updated: 2 });
    expect(await states()).toEqual([false, false]);
    expect((await service.call('POST', `${V1_JOBS}/batch-disable`, { ids })).body).toEqual({ updated: 0 });
    expect((await service.call('POST', `${V1_JOBS}/batch-enable`, { ids })).body).toEqual({ updated: 2 });
    expect(await states()).toEqual([true, true]);
    const unknown = [...ids, '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20'];
    expect((await service.call('POST', `${V1_JOBS}/batch-disable`, { ids: unknown })).status).toBe(404);
    expect(await states()).toEqual([true, true]);
  });
});

describe('the webhook of a job', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const url = 'https://hooks.example.com/a';

  it('never shows its secret, wherever the job is read, and keeps it through changes of either dialect', async () => {
    const job = await createV1Job(service, { webhook_url: url, webhook_secret: secret });
    expect(job).toMatchObject({ webhook_url: url, webhook_secret: '***' });
    const patched = await service.call('PATCH', `${V1_JOBS}/${job.id}`, {
      webhook_url: `${url}/b`,
      webhook_secret: '***',
    });
    expect(patched.body).toMatchObject({ webhook_url: `${url}/b`, webhook_secret: '***', version: 2 });
    await service.call('PUT', `${JOBS}/${job.id}`, { name: 'Renamed' });
    expect((await storedWebhook(job.id)).webhook).toEqual({ url: `${url}/b`, secret });
    const exported = (await service.call('GET', '/api/v1/scheduler/admin/export')).body;
    const entry = exported.jobs.find(({ id }: { id: string }) => id === job.id);
    expect(entry.webhook).toEqual({ url: `${url}/b`, secret: '***' });
    const mode = { mode: 'upsert', jsonPayload: JSON.stringify([{ ...entry, name: 'Imported' }]) };
    expect((await service.call('POST', '/api/v1/scheduler/admin/import', mode)).status).toBe(200);
    const clone = await service.call('POST', `${V1_JOBS}/${job.id}/clone`, {});
    const versions = await service.call('GET', `${V1_JOBS}/${job.id}/versions`);
    const audit = await service.call('GET', `/api/v1/scheduler/admin/audit`);
    expect(versions.body[0]).toMatchObject({
      name: 'Imported',
      webhook_url: `${url}/b`,
      webhook_secret: '***',
    });
    expect(JSON.stringify([clone.body, versions.body, audit.body])).not.toContain(secret);
    for (const id of [job.id, clone.body.id])
      expect((await storedWebhook(id)).webhook).toEqual({ url: `${url}/b`, secret });
  });

  it('is cleared with its URL, and signs no more without a secret', async () => {
    const job = await createV1Job(service, { webhook_url: url, webhook_secret: secret });
    const patch = async (change: object) =>
      (await service.call('PATCH', `${V1_JOBS}/${job.id}`, change)).body as object;
    expect(await patch({ webhook_secret: null })).toMatchObject({ webhook_url: url, webhook_secret: null });
    await patch({ webhook_secret: secret });
    expect(await patch({ webhook_url: null })).toMatchObject({ webhook_url: null, webhook_secret: null });
    expect(await storedWebhook(job.id)).toEqual({ webhook: null, previous: null });
  });

  it('keeps the secret before for a while when it changes', async () => {
    const job = await createV1Job(service, { webhook_url: url, webhook_secret: secret });
    await service.call('PATCH', `${V1_JOBS}/${job.id}`, { webhook_secret: 'another-secret-of-mine' });
    const { previous } = await storedWebhook(job.id);
    expect(previous).toMatchObject({ secret });
    expect(Date.parse(previous?.until ?? '') - Date.now()).toBeGreaterThan(86_000_000);
    await service.call('PATCH', `${V1_JOBS}/${job.id}`, { name: 'Renamed' });
    expect((await storedWebhook(job.id)).previous).toEqual(previous);
  });

  /** As the database has it, opened; that it is sealed there is checked on the way. */
  async function storedWebhook(id: string) {
    const [row] = await service.app
      .get(DataSource)
      .query<{ webhook: Stored | null; previous: Stored | null }[]>(
        'SELECT webhook, webhook_previous AS previous FROM jobs WHERE id = $1',
        [id],
      );
    const opened = (value: Stored | null | undefined) => {
      if (!value) return null;
      expect(value.secret).toMatch(/^v1\./);
      return service.app.get(ConfigurationVault, { strict: false }).opened(id, value) as Stored;
    };
    return { webhook: opened(row?.webhook), previous: opened(row?.previous) };
  }

  type Stored = Record<string, string>;
});

describe('changing a job', () => {
  it.each(['name', 'slug', 'endpoint_url'])('refuses null for %s, which has no default', async (field) => {
    const { id } = await createV1Job(service);
    const fields = fieldsOf422(await service.call('PATCH', `${V1_JOBS}/${id}`, { [field]: null }));
    expect(new Set(fields)).toEqual(new Set([field]));
    expect((await service.call('GET', `${V1_JOBS}/${id}`)).body.version).toBe(1);
  });

  it('goes back to a default with null', async () => {
    const { id } = await createV1Job(service, { max_attempts: 9, timeout_secs: 9, description: 'x' });
    const nulls = { max_attempts: null, timeout_secs: null, description: null };
    expect((await service.call('PATCH', `${V1_JOBS}/${id}`, nulls)).body).toMatchObject({
      max_attempts: 3,
      timeout_secs: 300,
      description: null,
    });
  });
});

describe('versions', () => {
  it('keeps every definition under a stable id, whatever dialect changed it', async () => {
    const job = await createV1Job(service, { tags: { a: '1' }, run_ttl_secs: 5 });
    const patched = (await service.call('PATCH', `${V1_JOBS}/${job.id}`, { name: 'Second', tags: null }))
      .body;
    expect(patched).toMatchObject({ version: 2, name: 'Second', tags: {}, run_ttl_secs: 5 });
    await service.call('PUT', `${JOBS}/${job.id}`, { name: 'Third' });
    const { body: versions } = await service.call('GET', `${V1_JOBS}/${job.id}/versions`);
    expect(versions).toMatchObject([
      { version: 3, name: 'Third', job_id: job.id, run_ttl_secs: 5 },
      { version: 2, name: 'Second', id: patched.version_id, tags: {} },
      { version: 1, name: 'A job', id: job.version_id, tags: { a: '1' }, endpoint_url: job.endpoint_url },
    ]);
    const first = await service.call('GET', `${V1_JOBS}/${job.id}/versions/${job.version_id}`);
    expect(first.body).toEqual(versions[2]);
    expect((await service.call('GET', `${V1_JOBS}/${job.id}/versions/${job.id}`)).status).toBe(404);
  });

  it('makes no version where nothing changes', async () => {
    const job = await createV1Job(service);
    const { body } = await service.call('PATCH', `${V1_JOBS}/${job.id}`, { name: job.name, enabled: false });
    expect(body).toMatchObject({ version: 1, enabled: false });
  });
});

describe('cloning and deleting', () => {
  it('clones the whole definition under another slug', async () => {
    const job = await createV1Job(service, { ...everyField, slug: 'cloned' });
    const { status, body } = await service.call('POST', `${V1_JOBS}/${job.id}/clone`, {});
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...everyField,
      name: 'Sync inventory (copy)',
      slug: 'cloned-copy',
      version: 1,
    });
    expect(body.id).not.toBe(job.id);
  });

  it('names a clone by default, also where null is sent', async () => {
    const job = await createV1Job(service);
    const clone = await service.call('POST', `${V1_JOBS}/${job.id}/clone`, { name: null, slug: null });
    expect(clone).toMatchObject({ status: 201, body: { name: 'A job (copy)', slug: `${job.slug}-copy` } });
  });

  it('deletes a job only when it has no active runs', async () => {
    const job = await createV1Job(service);
    const { body: executionId } = await service.call('POST', `${JOBS}/${job.id}/trigger`);
    expect(await service.call('DELETE', `${V1_JOBS}/${job.id}`)).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    });
    await service.call('POST', `/api/v1/scheduler/executions/${executionId}/cancel`);
    expect((await service.call('DELETE', `${V1_JOBS}/${job.id}`)).status).toBe(204);
    expect((await service.call('GET', `${V1_JOBS}/${job.id}`)).status).toBe(404);
  });
});

describe('both dialects', () => {
  it('shows a job of the Scheduler API, and changes it', async () => {
    const job = await createJob(service, { tags: ['weekday', 'team:stock'], intervalSeconds: 60 });
    const { body } = await service.call('GET', `${V1_JOBS}/${job.id}`);
    expect(body).toMatchObject({
      slug: null,
      cron: null,
      tags: { weekday: '', team: 'stock' },
      max_attempts: 1,
    });
    await service.call('PATCH', `${V1_JOBS}/${job.id}`, { timeout_secs: 9, slug: 'adopted' });
    expect((await service.call('GET', `${JOBS}/${job.id}`)).body).toMatchObject({
      timeoutSeconds: 9,
      intervalSeconds: 60,
      tags: ['weekday', 'team:stock'],
    });
  });

  it('ends a pause of the Scheduler API with enabled: true', async () => {
    const job = await createV1Job(service, { cron: '0 0 1 1 *' });
    await service.call('POST', `${JOBS}/${job.id}/pause`);
    expect((await service.call('GET', `${V1_JOBS}/${job.id}`)).body.enabled).toBe(false);
    expect((await service.call('PATCH', `${V1_JOBS}/${job.id}`, { enabled: true })).body.enabled).toBe(true);
    expect((await service.call('GET', `${JOBS}/${job.id}`)).body.status).toBe('Enabled');
  });
});

describe('projects', () => {
  it('takes the slug for the id where the token is bound to one project', async () => {
    const job = await createV1Job(service, { project_id: 'p1' });
    const bound = { token: service.token('operator', { projects: ['p1'] }) };
    expect((await service.call('GET', `${V1_JOBS}/${job.slug}`, undefined, bound)).body.id).toBe(job.id);
    expect((await service.call('GET', `${V1_JOBS}/${job.slug}`)).status).toBe(404);
    const elsewhere = { token: service.token('operator', { projects: ['p2'] }) };
    expect((await service.call('GET', `${V1_JOBS}/${job.slug}`, undefined, elsewhere)).status).toBe(404);
  });

  it('keeps viewers to reading', async () => {
    const answer = await service.call('POST', V1_JOBS, minimalJob(), { token: service.token('viewer') });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden', details: [] } } });
    expect((await service.call('GET', V1_JOBS, undefined, { token: null })).body.error.code).toBe(
      'authentication_required',
    );
  });
});
