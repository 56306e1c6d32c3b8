import jwt from 'jsonwebtoken';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { AdminSessions } from '../../src/modules/auth/admin-sessions.js';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, JOBS, type Job } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const NASTY = '<img src=x onerror=alert(1)>';
const ESCAPED = '&lt;img src=x onerror=alert(1)&gt;';
const HIDDEN = 'a-value-that-nobody-may-see';

let service: TestService;
let sql: pg.Client;
let endpoint: Server;
let nasty: Job;
/** The ids of what the nasty job and the other one ran. */
let failed: string;
let succeeded: string;
let session: string;

/** A browser's request: a form of the dashboard itself, unless `headers` say otherwise. */
async function ask(
  path: string,
  { form, headers = {} }: { form?: Record<string, string>; headers?: object } = {},
) {
  const response = await fetch(service.url + path, {
    redirect: 'manual',
    method: form ? 'POST' : 'GET',
    headers: {
      ...(form ? { origin: service.url } : {}),
      ...(session ? { cookie: session } : {}),
      ...headers,
    },
    body: form && new URLSearchParams(form),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const login = (token: string, headers: object = {}) => ask('/dashboard/login', { form: { token }, headers });

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    request.resume();
    response.writeHead(request.url === '/fails' ? 400 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ said: NASTY }));
  });
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
  service = await startService();
  sql = new pg.Client({ connectionString: service.databaseUrl });
  await sql.connect();

  nasty = await createJob(service, {
    name: NASTY,
    jobConfiguration: { url: `${url}/fails`, headers: { 'X-Api-Key': HIDDEN } },
  });
  const quiet = await createJob(service, { name: 'A quiet job', jobConfiguration: { url: `${url}/` } });
  failed = (await service.call('POST', `${JOBS}/${nasty.id}/trigger`)).body as string;
  succeeded = (await service.call('POST', `${JOBS}/${quiet.id}/trigger`)).body as string;
  for (const [id, status] of [
    [failed, 'Failed'],
    [succeeded, 'Succeeded'],
  ] as const) {
    await eventually(
      () => service.call('GET', `${EXECUTIONS}/${id}`),
      (answer) => answer.body.status === status,
    );
  }
  const answer = await login(service.token());
  session = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
});
afterAll(async () => {
  await sql?.end();
  await service?.stop();
  endpoint?.closeAllConnections();
  endpoint?.close();
});

describe('the way in', () => {
  const stranger = { cookie: '' };

  it.each(['/dashboard', '/dashboard/executions', '/dashboard/jobs', `/dashboard/jobs/${'0'.repeat(8)}`])(
    'leads from %s to the login page, which everybody may see',
    async (path) => {
      const answer = await ask(path, { headers: stranger });
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/dashboard/login']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect((await ask('/dashboard/login', { headers: stranger })).text).toContain('name="token"');
    },
  );

  it('opens a session for an administrator, in a cookie that scripts and other sites cannot use', async () => {
    const { status, headers } = await login(`  Bearer ${service.token()}\n`);
    expect([status, headers.get('location')]).toEqual([303, '/dashboard']);
    const [pair = '', ...attributes] = (headers.get('set-cookie') ?? '').split('; ');
    expect(attributes).toEqual([
      'Path=/dashboard',
      'HttpOnly',
      'SameSite=Strict',
      expect.stringMatching(/^Max-Age=/),
    ]);
    const seconds = Number(attributes[3]?.slice('Max-Age='.length));
    expect(seconds).toBeGreaterThan(3_000);
    expect(seconds).toBeLessThanOrEqual(3_600);
    // Whoever steals it has no token of the API.
    const value = pair.slice(pair.indexOf('=') + 1);
    expect((await service.call('GET', JOBS, undefined, { token: value })).status).toBe(401);
  });

  it('keeps the cookie to TLS where the browser came by it, and to eight hours at most', async () => {
    const long = jwt.sign({ role: 'admin' }, 'a-secret-of-the-tests-that-is-long-enough', {
      subject: 'tester',
      expiresIn: '30d',
    });
    const cookie = (await login(long, { 'x-forwarded-proto': 'https' })).headers.get('set-cookie');
    expect(cookie).toMatch(/; Secure$/);
    expect(cookie).toMatch(/Max-Age=28800;/);
  });

  it('takes a token with words behind it, as the API does, and one that hardly ever ends', async () => {
    expect((await login(`${service.token()} and more\nwords`)).status).toBe(303);
    const endless = jwt.sign(
      { sub: 'tester', role: 'admin', exp: 1e14 },
      'a-secret-of-the-tests-that-is-long-enough',
    );
    const [cookie = '', ...attributes] = (await login(endless)).headers.get('set-cookie')?.split('; ') ?? [];
    expect(attributes).toContain('Max-Age=28800');
    expect((await ask('/dashboard', { headers: { cookie } })).status).toBe(200);
  });

  it.each<[string, () => string, number, string]>([
    [
      'a viewer',
      () => service.token('viewer'),
      403,
      'This needs the role admin; the token has the role viewer.',
    ],
    ['an operator', () => service.token('operator'), 403, 'the token has the role operator.'],
    [
      'an expired token',
      () =>
        jwt.sign({ role: 'admin' }, 'a-secret-of-the-tests-that-is-long-enough', {
          subject: 'tester',
          expiresIn: -60,
        }),
      401,
      'The token has expired.',
    ],
    [
      'a forged token',
      () => jwt.sign({ role: 'admin' }, 'another secret', { subject: 'x', expiresIn: 60 }),
      401,
      'The token is not valid',
    ],
    ['no token', () => ' ', 401, 'token'],
  ])('refuses %s with the form and the reason', async (_who, token, status, reason) => {
    const answer = await login(token());
    expect(answer).toMatchObject({ status, text: expect.stringContaining(reason) });
    expect(answer.text).toContain('name="token"');
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it.each<[string, object]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another site, as older browsers say it', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['nowhere', { origin: '' }],
  ])('refuses a form from %s', async (_where, headers) => {
    for (const path of ['/dashboard/login', '/dashboard/logout']) {
      const answer = await ask(path, { form: { token: service.token() }, headers });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  it('takes a form that a proxy under another name has passed on', async () => {
    const headers = { origin: 'https://carillon.example', 'x-forwarded-host': 'carillon.example' };
    expect((await login(service.token(), headers)).status).toBe(303);
  });

  it('takes no session that was forged, is over, or is a bearer token', async () => {
    const strange = new AdminSessions(Buffer.alloc(32), 'x');
    const principal = { subject: 'eve', role: 'admin', projects: null } as const;
    const own = service.app.get(AdminSessions, { strict: false });
    const past = Date.now() - 10_000;
    for (const value of [
      strange.open({ principal, expiresAt: new Date(Date.now() + 60_000) }).value,
      own.open({ principal, expiresAt: new Date(past + 1_000) }, past).value,
      service.token(),
      'x',
    ]) {
      const answer = await ask('/dashboard', { headers: { cookie: `carillon_session=${value}` } });
      expect(answer.status).toBe(302);
    }
  });

  it('ends the session in the browser', async () => {
    const { status, headers } = await ask('/dashboard/logout', { form: {} });
    expect([status, headers.get('location')]).toEqual([303, '/dashboard/login']);
    expect(headers.get('set-cookie')).toMatch(/^carillon_session=; Path=\/dashboard; .*Max-Age=0/);
  });

  it('answers forms nowhere else, nor large ones', async () => {
    const answer = await fetch(service.url + JOBS, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.token()}` },
      body: new URLSearchParams({ name: 'x' }),
    });
    expect(answer.status).toBe(415);
    expect((await login('x'.repeat(40_000))).status).toBe(413);
    const twice = await fetch(`${service.url}/dashboard/login`, {
      method: 'POST',
      headers: { origin: service.url },
      body: new URLSearchParams([
        ['token', service.token()],
        ['token', service.token()],
      ]),
    });
    expect([twice.status, await twice.text()]).toEqual([400, expect.stringContaining('token: ')]);
  });

  it.each(['/hangfire', '/hangfire/jobs/enqueued?from=0'])('is found by %s', async (path) => {
    const answer = await ask(path, { headers: stranger });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/dashboard']);
  });
});

describe('the pages', () => {
  const page = async (path: string) => {
    const answer = await ask(path);
    expect({ path, status: answer.status }).toEqual({ path, status: 200 });
    return answer;
  };

  it('let nothing run but their own files, and nothing be kept', async () => {
    const { headers, text } = await page('/dashboard');
    expect(headers.get('content-security-policy')).toContain(
      "default-src 'none';script-src 'self';style-src 'self'",
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).not.toMatch(/ style=|<style|<script(?![^>]* src=)| on\w+="/);
    for (const [, file] of text.matchAll(/(?:src|href)="(\/dashboard\/assets\/[^"]+)"/g)) {
      const asset = await ask(file ?? '', { headers: { cookie: '' } });
      expect(asset.status).toBe(200);
      const known = { 'if-none-match': asset.headers.get('etag') ?? '' };
      expect((await ask(file ?? '', { headers: known })).status).toBe(304);
    }
  });

  it('show the figures of the API', async () => {
    const { body } = await service.call('GET', '/api/v1/scheduler/dashboard/stats');
    expect(body).toMatchObject({ totalJobs: 2, successRate: 50, recentFailures: 1, workers: 1 });
    const { text } = await page('/dashboard');
    const shown = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(shown).toContain('Jobs 2 2 enabled');
    expect(shown).toContain('Success rate 50 %');
    expect(shown).toContain('Recent failures 1 ');
    expect(shown).toContain(`Upcoming ${body.upcomingExecutions} `);
    expect(shown).toContain('Workers alive 1 0 % utilised');
    expect(shown).toContain('0 of 64');
    expect(shown).toContain('Queued 0 may start now Blocked 0');
    expect(text).toContain('aria-label="1 succeeded, 1 failed"');
    expect(text).toContain(`href="/dashboard/executions/${failed}"`);
  });

  it('count what waits by why it waits, and how long', async () => {
    await sql.query(
      `INSERT INTO held (execution_id, job_id, priority, available_at) SELECT gen_random_uuid(), $1, 0, now() - interval '90 s' FROM generate_series(1, 3)`,
      [nasty.id],
    );
    try {
      const { text } = await eventually(
        () => page('/dashboard'),
        (answer) => answer.text.includes('<span class="figure">3</span>'),
      );
      expect(text).toMatch(/<dt>Blocked<\/dt>\s*<dd>\s*<span class="figure">3</);
      expect(text).toMatch(/Oldest queued:\s*<strong\s*>1 min 3/);
      const { rows } = await sql.query<{ project: string }>(
        'SELECT project_id AS project FROM jobs WHERE id = $1',
        [nasty.id],
      );
      const seen: [projects: string[], held: number][] = [
        [['other'], 0],
        [rows.map(({ project }) => project), 3],
      ];
      for (const [projects, held] of seen) {
        const answer = await login(service.token('admin', { projects }));
        const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
        const limited = (await ask('/dashboard', { headers: { cookie } })).text;
        expect(limited).toMatch(new RegExp(`<dt>Blocked</dt>\\s*<dd>\\s*<span class="figure">${held}<`));
      }
    } finally {
      await sql.query('DELETE FROM held');
    }
  });

  it('escape whatever others have named and written', async () => {
    const paths = [
      '/dashboard',
      '/dashboard/executions',
      `/dashboard/executions?q=${encodeURIComponent(NASTY)}`,
      `/dashboard/executions/${failed}`,
      '/dashboard/jobs',
      `/dashboard/jobs/${nasty.id}`,
    ];
    for (const path of paths) {
      const { text } = await page(path);
      expect(text).toContain(ESCAPED);
      expect(text).not.toContain(NASTY);
    }
    expect((await page('/dashboard/executions?q=%22%3E%3Cb%3E')).text).toContain(
      'value="&quot;&gt;&lt;b&gt;"',
    );
  });

  it('mask secrets as the API does', async () => {
    const { text } = await page(`/dashboard/jobs/${nasty.id}`);
    expect(text).toContain('&quot;X-Api-Key&quot;: &quot;***&quot;');
    for (const path of [`/dashboard/jobs/${nasty.id}`, `/dashboard/executions/${failed}`])
      expect((await page(path)).text).not.toContain(HIDDEN);
  });

  it('show an execution with its attempts, error, output and log', async () => {
    const bad = (await page(`/dashboard/executions/${failed}`)).text;
    expect(bad).toContain('unexpected_status');
    expect(bad).toMatch(/<h2>Attempts<\/h2>[\s\S]*badge failed/);
    expect(bad).not.toContain('data-live');
    await sql.query(`UPDATE executions SET output = to_jsonb(repeat('x', 30000)) WHERE id = $1`, [succeeded]);
    const good = (await page(`/dashboard/executions/${succeeded}`)).text;
    expect(good).toContain(`<pre>${'x'.repeat(20_000)}</pre>`);
    expect(good).toContain('The first 20,000 of 30,000 characters');
    expect(good).toContain('It has written nothing.');
  });

  it.each([
    '/dashboard/executions/x',
    `/dashboard/jobs/${'0'.repeat(8)}-0000-7000-8000-000000000000`,
    '/dashboard/nothing',
  ])('answer 404 with a page for %s', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('show who may see some projects the jobs and executions of these alone', async () => {
    const token = service.token('admin', { projects: ['other'] });
    const cookie = (await login(token)).headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    for (const path of [
      '/dashboard',
      '/dashboard/jobs',
      '/dashboard/executions',
      '/dashboard/executions?status=failed',
    ])
      expect((await ask(path, { headers: { cookie } })).text).not.toContain(ESCAPED);
    expect((await ask(`/dashboard/executions/${failed}`, { headers: { cookie } })).status).toBe(404);
    expect((await ask(`/dashboard/jobs/${nasty.id}`, { headers: { cookie } })).status).toBe(404);
  });
});

describe('the execution log', () => {
  const found = async (query: string) => {
    const { status, text } = await ask(`/dashboard/executions?${query}`);
    expect({ query, status }).toEqual({ query, status: 200 });
    return [...text.matchAll(/title="([0-9a-f-]{36})"/g)].map(([, id]) => id);
  };

  it('is searched by job, status and period, the newest first', async () => {
    expect(await found('')).toEqual([succeeded, failed]);
    expect(await found('q=quiet')).toEqual([succeeded]);
    expect(await found(`q=${nasty.id}`)).toEqual([failed]);
    expect(await found('q=none+such')).toEqual([]);
    expect(await found('status=failed')).toEqual([failed]);
    expect(await found('q=quiet&status=failed')).toEqual([]);
    expect(await found(`q=${nasty.id}&status=failed&from=2000-01-01T00:00`)).toEqual([failed]);
    expect(await found('status=succeeded')).toEqual([succeeded]);
    expect(await found('q=quiet&status=succeeded')).toEqual([succeeded]);
    expect(await found('status=pending')).toEqual([]);
    expect(await found('status=running')).toEqual([]);
    expect(await found('until=2000-01-01T00:00')).toEqual([]);
    expect(await found('from=2000-01-01T00:00&until=&status=&before=')).toEqual([succeeded, failed]);
    // Before any execution can have been recorded.
    expect(await found('from=0001-01-01T00:00')).toEqual([succeeded, failed]);
    expect(await found('until=1969-12-31T23:59')).toEqual([]);
  });

  it('leads from the id of an execution to it', async () => {
    const { status, headers } = await ask(`/dashboard/executions?q=${failed.toUpperCase()}`);
    expect([status, headers.get('location')]).toEqual([302, `/dashboard/executions/${failed}`]);
  });

  it('finds what has not started where it waits, and names the reason', async () => {
    const later = await createJob(service, { name: 'Later', maxConcurrency: 1 });
    const id = '01986f3e-6d3b-7c4e-9c1f-000000000001';
    await sql.query(
      `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts)
       VALUES ($1, $2, 1, 'delayed', 'manual', now() + interval '1 h', 0, 1)`,
      [id, later.id],
    );
    await sql.query(
      `INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger)
       VALUES ($1, $2, 1, 0, now() + interval '1 h', 1, 1, 'manual')`,
      [id, later.id],
    );
    expect(await found('status=pending')).toEqual([id]);
    expect(await found('q=later&status=pending')).toEqual([id]);
    expect(await found('q=quiet&status=pending')).toEqual([]);
    const { text } = await ask(`/dashboard/executions/${id}`);
    expect(text).toContain('It is delayed until');
    expect(text).toContain('data-live');
    // A worker has taken it, and not started it.
    await sql.query('DELETE FROM ready WHERE execution_id = $1', [id]);
    await sql.query(
      `INSERT INTO claims (claim_id, owner, lease_until, ids, attempts, remaining)
       VALUES (gen_random_uuid(), gen_random_uuid(), now() + interval '1 h', ARRAY [$1::uuid], ARRAY [1], 1)`,
      [id],
    );
    expect(await found('status=pending')).toEqual([id]);
    await sql.query('DELETE FROM claims WHERE $1 = ANY (ids)', [id]);
  });

  it('is paged, and tells how far it looked where many do not match', async () => {
    const many = await createJob(service, { name: 'Many runs' });
    await sql.query(
      `INSERT INTO executions (id, job_id, job_version, state, failure_kind, trigger, available_at, priority, max_attempts,
                               started_at, finished_at)
       SELECT ('01986f3f-' || lpad(to_hex(n / 65536), 4, '0') || '-7' || '000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 1,
              CASE WHEN n = 1 THEN 'succeeded' ELSE 'failed' END, CASE WHEN n > 1 THEN 'error' END, 'manual', now(), 0, 1, now(), now()
       FROM generate_series(1, 10100) AS n`,
      [many.id],
    );
    const { text } = await ask('/dashboard/executions?q=many+runs');
    const next = /href="([^"]*before=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const first = await found('q=many+runs');
    const second = await found(next.split('?')[1] ?? '');
    expect([first.length, second.length]).toEqual([50, 50]);
    expect([...first, ...second]).toEqual([...first, ...second].sort().reverse());
    expect(new Set([...first, ...second]).size).toBe(100);

    // Of 10,100 only the oldest succeeded: one search does not come so far.
    const walked = await ask('/dashboard/executions?q=many+runs&status=succeeded');
    expect(walked.text).toContain('Looked at all executions since');
    const onward = /href="[^"]*\?([^"]*before=[^"]*)"/.exec(walked.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(await found(onward)).toHaveLength(1);
    // Among all jobs likewise.
    const all = await ask('/dashboard/executions?status=succeeded&until=2025-08-03T12:00');
    expect(all.text).toContain('Looked at all executions since');
  });

  it.each([
    ['from=yesterday', 'from'],
    ['until=2026-02-30T00:00', 'until'],
    ['before=x', 'before'],
    ['status=odd', 'status'],
    ['colour=red', 'colour'],
  ])('refuses %s with a page that names the field', async (query, field) => {
    const { status, text } = await ask(`/dashboard/executions?${query}`);
    expect(status).toBe(400);
    expect(text).toContain(`${field}: `);
  });
});
