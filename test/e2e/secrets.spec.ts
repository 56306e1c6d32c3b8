import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, fieldsAtFault, JOBS, MINIMAL_JOB } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const SECRETS = '/api/v1/scheduler/secrets';
const NAMED = 'named-s3cret/with+chars';
const INLINE = 'inline-s3cret-abc123';
const IN_URL = 'url-s3cret-xyz789';

interface Call {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real endpoint that says back everything that it was told, in several spellings. */
async function startEcho(calls: Call[]): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { url = '', headers } = request;
      calls.push({ url, headers, body });
      const secret = String(headers['x-inline-token'] ?? '');
      const named = headers.authorization?.replace('Bearer ', '') ?? '';
      const moved = /^\/moved-to\/(.*)$/.exec(url)?.[1];
      if (moved !== undefined) {
        response.writeHead(307, { location: decodeURIComponent(moved) }).end();
        return;
      }
      response.writeHead(url.startsWith('/fail') ? 400 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          url,
          headers,
          body,
          [secret]: 1,
          coded: Buffer.from(`user:${named}`).toString('base64'),
          escaped: encodeURIComponent(named),
        }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('secrets', () => {
  let service: TestService;
  let echo: { server: Server; url: string };
  const calls: Call[] = [];

  beforeAll(async () => {
    echo = await startEcho(calls);
    service = await startService();
    await service.call('POST', SECRETS, { name: 'NAMED', value: NAMED });
  });
  afterAll(async () => {
    await service.stop();
    echo.server.closeAllConnections();
    echo.server.close();
  });

  async function run(jobId: string): Promise<{ id: string; status: string } & Record<string, unknown>> {
    const { body: id } = (await service.call('POST', `${JOBS}/${jobId}/trigger`)) as { body: string };
    const answer = await eventually(
      () => service.call('GET', `${EXECUTIONS}/${id}`),
      ({ body }) => (body as { completedAt: unknown }).completedAt !== null,
    );
    return answer.body as { id: string; status: string };
  }

  it('keeps values to itself', async () => {
    const { status, body, headers } = await service.call('POST', SECRETS, {
      name: 'KEPT',
      value: 'value-of-kept',
      allowedHosts: ['API.example.com'],
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${SECRETS}/KEPT`);
    expect(body).toMatchObject({ name: 'KEPT', allowedHosts: ['api.example.com'], createdBy: 'tester' });
    const again = await service.call('POST', SECRETS, { name: 'KEPT', value: 'other' });
    expect([again.status, again.body.code]).toEqual([409, 'secret_exists']);
    const changed = await service.call('PUT', `${SECRETS}/KEPT`, { value: 'value-of-kept-2' });
    expect(changed.body).toMatchObject({ allowedHosts: ['api.example.com'] });
    const seen = [body, changed.body, (await service.call('GET', SECRETS)).body];
    expect(JSON.stringify(seen)).not.toContain('value-of-kept');
    expect((await service.call('DELETE', `${SECRETS}/KEPT`)).status).toBe(204);
    expect((await service.call('GET', `${SECRETS}/KEPT`)).status).toBe(404);
    expect((await service.call('PUT', `${SECRETS}/KEPT`, { value: 'again' })).status).toBe(404);
  });

  it('lets only admins write and everybody read the names', async () => {
    const operator = { token: service.token('operator') };
    expect((await service.call('POST', SECRETS, { name: 'X', value: 'long' }, operator)).status).toBe(403);
    expect((await service.call('PUT', `${SECRETS}/NAMED`, { value: 'long' }, operator)).status).toBe(403);
    expect((await service.call('DELETE', `${SECRETS}/NAMED`, undefined, operator)).status).toBe(403);
    const read = await service.call('GET', `${SECRETS}/NAMED`, undefined, { token: service.token('viewer') });
    expect(read.body).toMatchObject({ name: 'NAMED', allowedHosts: null });
  });

  it('refuses names, values and hosts that cannot be', async () => {
    const faults = async (body: object) => fieldsAtFault(await service.call('POST', SECRETS, body));
    expect(await faults({ name: 'no-dash', value: 'long' })).toEqual(['name']);
    expect(await faults({ name: 'A', value: 'abc' })).toEqual(['value']);
    expect(await faults({ name: 'A', value: 'long', allowedHosts: ['http://a.b'] })).toEqual([
      'allowedHosts.0',
    ]);
  });

  it('names path and secret when a job refers to one that does not exist', async () => {
    const refused = await service.call('POST', JOBS, {
      ...MINIMAL_JOB,
      jobConfiguration: {
        url: echo.url,
        headers: { Authorization: 'Bearer ${{ secrets.NOWHERE }}' },
        body: { list: ['${{ secrets.bad-name }}'] },
      },
    });
    expect(fieldsAtFault(refused).sort()).toEqual([
      'jobConfiguration.body.list.0',
      'jobConfiguration.headers.Authorization',
    ]);
    expect(JSON.stringify(refused.body)).toContain('NOWHERE');
  });

  const CONFIGURATION = {
    method: 'POST',
    headers: { Authorization: 'Bearer ${{ secrets.NAMED }}', 'X-Inline-Token': INLINE },
    body: { text: 'before ${{secrets.NAMED}} after', nested: [{ password: INLINE }] },
  };

  it.each(['/ok', '/fail'])('puts secrets in at attempt time and keeps none of them (%s)', async (path) => {
    calls.length = 0;
    const url = `${echo.url}${path}?token=${IN_URL}`;
    const job = await createJob(service, { jobConfiguration: { ...CONFIGURATION, url } });
    expect(job.jobConfiguration).toMatchObject({
      url: `${echo.url}${path}?token=***`,
      headers: { Authorization: 'Bearer ${{ secrets.NAMED }}', 'X-Inline-Token': '***' },
    });
    // What is sent back masked stays as it is stored.
    const update = { jobConfiguration: job.jobConfiguration, description: 'changed' };
    expect((await service.call('PUT', `${JOBS}/${job.id}`, update)).status).toBe(200);

    const execution = await run(job.id);
    expect(execution.status).toBe(path === '/ok' ? 'Succeeded' : 'Failed');
    expect(calls).toHaveLength(1);
    expect(calls[0]?.headers).toMatchObject({ authorization: `Bearer ${NAMED}`, 'x-inline-token': INLINE });
    expect(calls[0]?.url).toContain(IN_URL);
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      text: `before ${NAMED} after`,
      nested: [{ password: INLINE }],
    });
    expect(execution.output).toContain('***');
  });

  it('fails for good when a secret is gone by the time of an attempt', async () => {
    await service.call('POST', SECRETS, { name: 'GONE', value: 'soon-away' });
    const headers = { 'X-Key': '${{ secrets.GONE }}' };
    const job = await createJob(service, {
      jobConfiguration: { url: echo.url, headers },
      retryPolicy: { maxAttempts: 3, delaySeconds: 0 },
    });
    await service.call('DELETE', `${SECRETS}/GONE`);
    const execution = await run(job.id);
    expect(execution).toMatchObject({ status: 'Failed', retryCount: 0 });
    const { body } = await service.call('GET', `${EXECUTIONS}/${execution.id}/attempts`);
    expect(body).toMatchObject([{ errorCode: 'secret_missing' }]);
  });

  it('sends a bound secret to its hosts alone', async () => {
    await service.call('POST', SECRETS, {
      name: 'BOUND',
      value: 'bound-value',
      allowedHosts: ['example.com'],
    });
    const job = await createJob(service, {
      jobConfiguration: { url: echo.url, body: { key: '${{ secrets.BOUND }}' } },
    });
    calls.length = 0;
    const refused = await run(job.id);
    const { body } = await service.call('GET', `${EXECUTIONS}/${refused.id}/attempts`);
    expect(body).toMatchObject([{ errorCode: 'secret_host_not_allowed' }]);
    expect(calls).toHaveLength(0);
    await service.call('PUT', `${SECRETS}/BOUND`, { allowedHosts: ['127.0.0.1'] });
    expect(await run(job.id)).toMatchObject({ status: 'Succeeded' });
  });

  it.each([
    ['in the body', { body: { key: '${{ secrets.TIED }}' } }],
    ['in a header', { headers: { 'X-Note': '${{ secrets.TIED }}' } }],
  ])('does not carry a bound secret %s to another host by a redirect', async (_where, change) => {
    await service.call('DELETE', `${SECRETS}/TIED`);
    await service.call('POST', SECRETS, { name: 'TIED', value: 'tied-value', allowedHosts: ['127.0.0.1'] });
    const elsewhere = echo.url.replace('127.0.0.1', 'localhost');
    const moved = (to: string) => `${echo.url}/moved-to/${encodeURIComponent(to)}`;
    const call = { method: 'POST', ...change };
    const away = await createJob(service, {
      jobConfiguration: { ...call, url: moved(`${elsewhere}/taken`) },
    });
    calls.length = 0;
    const refused = await run(away.id);
    const { body: attempts } = await service.call('GET', `${EXECUTIONS}/${refused.id}/attempts`);
    expect(attempts).toMatchObject([
      { errorCode: 'outbound_blocked', errorMessage: expect.stringContaining('secret') },
    ]);
    expect(calls.map(({ url }) => url.slice(0, 9))).toEqual(['/moved-to']);
    expect(JSON.stringify(calls[0])).toContain('tied-value');
    // The same way is open where the redirect stays with a host of the secret.
    const stays = await createJob(service, { jobConfiguration: { ...call, url: moved(`${echo.url}/kept`) } });
    expect(await run(stays.id)).toMatchObject({ status: 'Succeeded' });
    expect(calls.at(-1)?.url).toBe('/kept');
  });

  it('takes a whole URL from a secret', async () => {
    await service.call('POST', SECRETS, { name: 'HOOK', value: `${echo.url}/hook-s3cret` });
    const job = await createJob(service, { jobConfiguration: { url: '${{ secrets.HOOK }}' } });
    expect(await run(job.id)).toMatchObject({ status: 'Succeeded' });
    expect(calls.at(-1)?.url).toBe('/hook-s3cret');
  });

  it('leaves no plain secret in the database', async () => {
    await service.call('PUT', `${SECRETS}/NAMED`, { value: `${NAMED}-2` });
    const sql = new pg.Client({ connectionString: service.databaseUrl });
    await sql.connect();
    try {
      const { rows: tables } = await sql.query<{ name: string }>(
        `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
      );
      // As text, a column of bytes would hide what is in it.
      const bytes = await sql.query(
        `SELECT FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'`,
      );
      expect(bytes.rowCount).toBe(0);
      const dump: string[] = [];
      for (const { name } of tables) {
        const { rows } = await sql.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
        dump.push(...rows.map(({ row }) => `${name}: ${row}`));
      }
      const forms = [NAMED, INLINE, IN_URL, 'soon-away', 'bound-value', 'tied-value', 'hook-s3cret'].flatMap(
        (secret) => [
          secret,
          encodeURIComponent(secret),
          Buffer.from(secret).toString('base64').replace(/=+$/, ''),
          Buffer.from(`user:${secret}`).toString('base64').slice(8, -4),
        ],
      );
      const found = dump.filter((row) => forms.some((form) => row.includes(form)));
      expect(found).toEqual([]);
      // The search does find what is there.
      expect(dump.some((row) => row.startsWith('public.secrets: ') && row.includes('NAMED'))).toBe(true);
      expect(dump.some((row) => row.startsWith('public.executions: ') && row.includes('***'))).toBe(true);
    } finally {
      await sql.end();
    }
  });

  it('stay behind when a job is led to another host, in either dialect and by import', async () => {
    const url = 'https://api.example.com/a';
    const elsewhere = 'https://evil.example.com/a';
    const headers = { 'X-Api-Key': '***' };
    const job = await createJob(service, { jobConfiguration: { url, headers: { 'X-Api-Key': 'hush' } } });
    const put = (jobConfiguration: object) => service.call('PUT', `${JOBS}/${job.id}`, { jobConfiguration });
    const led = [
      { url: elsewhere, headers },
      { url, fallbackUrl: elsewhere, headers },
    ];
    for (const jobConfiguration of led) {
      const refused = await put(jobConfiguration);
      expect(fieldsAtFault(refused)).toEqual(['jobConfiguration.headers.X-Api-Key']);
      expect(JSON.stringify(refused.body)).toContain('another origin');
      const entry = { ...MINIMAL_JOB, id: job.id, jobConfiguration };
      for (const mode of ['upsert', 'create']) {
        const file = { mode, jsonPayload: JSON.stringify([entry]) };
        const imported = await service.call('POST', '/api/v1/scheduler/admin/import', file);
        expect(fieldsAtFault(imported)).toEqual(['jobs.0.jobConfiguration.headers.X-Api-Key']);
      }
    }
    for (const change of [{ endpoint_url: elsewhere }, { fallback_endpoint_url: elsewhere }]) {
      const { status, body } = await service.call('PATCH', `/v1/jobs/${job.id}`, change);
      expect({ status, field: body.error.details[0].field }).toEqual({
        status: 422,
        field: 'configuration.headers.X-Api-Key',
      });
    }
    expect((await service.call('GET', `${JOBS}/${job.id}`)).body).toEqual(job);
    expect((await put({ url: `${url}/b`, headers })).status).toBe(200);
    expect((await put({ url: elsewhere, headers: { 'X-Api-Key': 'anew' } })).status).toBe(200);
  });
});
