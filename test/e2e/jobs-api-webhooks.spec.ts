import { DataSource } from 'typeorm';
import { verifyOfCookbook } from '../support/cookbook.js';
import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createV1Job, V1_JOBS, V1_RUNS, type V1Job } from '../support/jobs-api.js';
import { startService, type TestService } from '../support/service.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER_SECRET = 'a-plain-secret-of-the-tests';

interface Hook {
  path: string;
  headers: Record<string, string>;
  text: string;
  body: { type: string; timestamp: string; data: Record<string, unknown> };
}

const verify = verifyOfCookbook();
let service: TestService;
let endpoint: Endpoint;
const hooks: Hook[] = [];
/** What the receiver answers, by path; 204 where nothing stands here. */
const answers = new Map<string, { status: number; headers?: Record<string, string> }>();
/** Answers that are owed, by path: where there is an entry, the receiver hangs. */
const hanging = new Map<string, Set<() => void>>();
const owed = (path: string) => hanging.get(path)?.size ?? 0;
/** Lets the receiver answer again. */
function release(path: string): void {
  const answers = hanging.get(path) ?? [];
  hanging.delete(path);
  for (const answer of answers) answer();
}

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => {
    const path = request.url ?? '';
    void bodyOf(request).then((text) => {
      const owe = (answer: () => void) => hanging.get(path)?.add(answer) ?? answer();
      if (!path.startsWith('/hook')) {
        // The endpoint of the runs: it says back the secret of the webhook, which must not get out.
        response.writeHead(path === '/broken' ? 400 : 200, { 'content-type': 'application/json' });
        return owe(() => response.end(JSON.stringify({ synced: 118, echo: SECRET })));
      }
      hooks.push({
        path,
        headers: request.headers as Hook['headers'],
        text,
        body: JSON.parse(text) as Hook['body'],
      });
      const { status, headers } = answers.get(path) ?? { status: 204 };
      owe(() => response.writeHead(status, headers).end());
    });
  });
  service = await startService();
});
afterAll(async () => {
  for (const path of [...hanging.keys()]) release(path);
  await service.stop();
  await endpoint.close();
});

let made = 0;
/** A job whose webhook has a path of its own. */
async function job(change: object = {}): Promise<V1Job & { path: string }> {
  const path = `/hook/${++made}`;
  const fields = { webhook_url: endpoint.origin + path, webhook_secret: SECRET, max_attempts: 1 };
  const created = await createV1Job(service, {
    endpoint_url: `${endpoint.origin}/fine`,
    ...fields,
    ...change,
  });
  return { ...created, path };
}
const trigger = async (id: string, body: object = {}): Promise<string> =>
  (await service.call('POST', `${V1_JOBS}/${id}/trigger`, body)).body.id as string;
const hooksOf = (runId: string) => hooks.filter(({ body }) => body.data.id === runId);
const received = (runId: string, count: number): Promise<Hook[]> =>
  eventually(
    () => hooksOf(runId),
    (found) => found.length >= count,
  );
const deliveryOf = async (runId: string) =>
  (await service.call('GET', `${V1_RUNS}/${runId}/webhook-deliveries`)).body[0];
const settled = (runId: string, status: string) =>
  eventually(
    () => deliveryOf(runId),
    (delivery) => delivery?.status === status,
  );
const sql = (text: string, values: unknown[]): Promise<unknown> =>
  service.app.get(DataSource).query(text, values);
/** A retry that would come later comes now. */
const hurry = (runId: string) =>
  sql(`UPDATE webhook_deliveries SET due_at = now() WHERE execution_id = $1 AND lease IS NULL`, [runId]);

describe('a webhook', () => {
  it('tells the end of a run, signed as the scheme says, with the run as the API shows it', async () => {
    const { id } = await job();
    const run = await trigger(id, { payload: { warehouse: 'Leeds' } });
    const [hook] = await received(run, 1);
    expect(hook?.headers['content-type']).toBe('application/json');
    expect(verify(SECRET, hook?.headers ?? {}, hook?.text ?? '')).toBe(true);
    expect(verify(OTHER_SECRET, hook?.headers ?? {}, hook?.text ?? '')).toBe(false);
    expect(verify(SECRET, hook?.headers ?? {}, `${hook?.text} `)).toBe(false);
    const shown = (await service.call('GET', `${V1_RUNS}/${run}`)).body;
    expect(hook?.body).toEqual({
      type: 'run.completed',
      timestamp: shown.finished_at,
      data: { ...shown, result: { synced: 118, echo: '***' } },
    });
    expect(await settled(run, 'delivered')).toMatchObject({
      id: hook?.headers['webhook-id'],
      run_id: run,
      job_id: id,
      event: 'run.completed',
      attempts: 1,
      next_attempt_at: null,
      log: [{ attempt: 1, response_status: 204, error: null, url: expect.stringContaining('/hook/') }],
    });
    expect(hooksOf(run)).toHaveLength(1);
  });

  it('is not signed without a secret, and not sent for jobs without one', async () => {
    const run = await trigger((await job({ webhook_secret: null })).id);
    expect((await received(run, 1))[0]?.headers).not.toHaveProperty('webhook-signature');
    const plain = await trigger((await job({ webhook_url: null, webhook_secret: null })).id);
    await eventually(
      async () => (await service.call('GET', `${V1_RUNS}/${plain}`)).body.status as string,
      (status) => status === 'completed',
    );
    expect(await deliveryOf(plain)).toBeUndefined();
  });

  it('comes again after a 500, later and later, under the same id', async () => {
    const { id, path } = await job();
    answers.set(path, { status: 500 });
    const run = await trigger(id);
    const pending = await eventually(
      () => deliveryOf(run),
      (delivery) => delivery?.log.length === 1,
    );
    expect(pending).toMatchObject({
      status: 'pending',
      log: [{ response_status: 500, error_code: 'unexpected_status' }],
    });
    const pause = Date.parse(pending.next_attempt_at) - Date.parse(pending.log[0].at);
    expect(pause).toBeGreaterThanOrEqual(4_000);
    answers.set(path, { status: 503, headers: { 'retry-after': '1800' } });
    await hurry(run);
    const asked = await eventually(
      () => deliveryOf(run),
      (delivery) => delivery.log.length === 2,
    );
    expect(Date.parse(asked.next_attempt_at) - Date.parse(asked.log[0].at)).toBeGreaterThanOrEqual(1_799_000);
    answers.delete(path);
    await hurry(run);
    expect(await settled(run, 'delivered')).toMatchObject({ attempts: 3, log: [{ attempt: 3 }, {}, {}] });
    const sent = hooksOf(run);
    expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(sent.map(({ text }) => text)).size).toBe(1);
    expect(sent.every(({ headers, text }) => verify(SECRET, headers, text))).toBe(true);
  });

  it('comes no more after a 410, and again by hand', async () => {
    const { id, path } = await job();
    answers.set(path, { status: 410 });
    const run = await trigger(id);
    const failed = await settled(run, 'failed');
    expect(failed).toMatchObject({ attempts: 1, next_attempt_at: null, log: [{ error_code: 'gone' }] });
    answers.delete(path);
    const redeliver = `${V1_RUNS}/${run}/webhook-deliveries/${failed.id}/redeliver`;
    const viewer = { token: service.token('viewer') };
    expect((await service.call('POST', redeliver, undefined, viewer)).status).toBe(403);
    const asked = await service.call('POST', redeliver);
    expect(asked).toMatchObject({ status: 200, body: { id: failed.id, status: 'pending' } });
    expect(await settled(run, 'delivered')).toMatchObject({ attempts: 2 });
    expect(new Set(hooksOf(run).map(({ headers }) => headers['webhook-id']))).toEqual(new Set([failed.id]));
    // What has arrived can be sent once more, too.
    await service.call('POST', redeliver);
    expect(await received(run, 3)).toHaveLength(3);
    const audit = await service.call('GET', '/api/v1/scheduler/admin/audit?operation=redeliverWebhook');
    expect(audit.body.items.map(({ status }: { status: number }) => status).sort()).toEqual([200, 200, 403]);
  });

  it('is not sent where the guard forbids it, nor where a redirect leads; both are on record', async () => {
    const forbidden = await trigger((await job({ webhook_url: 'http://10.0.0.1/hook' })).id);
    expect(await settled(forbidden, 'failed')).toMatchObject({
      attempts: 1,
      log: [
        { error_code: 'outbound_blocked', response_status: null, error: expect.stringContaining('private') },
      ],
    });
    const { id, path } = await job();
    answers.set(path, { status: 307, headers: { location: `${endpoint.origin}/hook/elsewhere` } });
    const run = await trigger(id);
    await received(run, 1);
    expect(
      await eventually(
        () => deliveryOf(run),
        (delivery) => delivery.log.length === 1,
      ),
    ).toMatchObject({ status: 'pending', log: [{ response_status: 307 }] });
    expect(hooks.filter((hook) => hook.path === '/hook/elsewhere')).toEqual([]);
  });

  it('has two signatures while a secret changes over, and one after a day', async () => {
    const { id } = await job();
    await service.call('PATCH', `${V1_JOBS}/${id}`, { webhook_secret: OTHER_SECRET });
    const [both] = await received(await trigger(id), 1);
    expect(both?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [SECRET, OTHER_SECRET])
      expect(verify(secret, both?.headers ?? {}, both?.text ?? '')).toBe(true);
    await sql(
      `UPDATE jobs SET webhook_previous = jsonb_set(webhook_previous, '{until}', '"2020-01-01T00:00:00Z"') WHERE id = $1`,
      [id],
    );
    const [one] = await received(await trigger(id), 1);
    expect(verify(SECRET, one?.headers ?? {}, one?.text ?? '')).toBe(false);
    expect(verify(OTHER_SECRET, one?.headers ?? {}, one?.text ?? '')).toBe(true);
  });

  it('takes its secret from a named one, and says so where that is gone', async () => {
    const name = 'HOOK_SECRET';
    const secrets = '/api/v1/scheduler/secrets';
    await service.call('POST', secrets, { name, value: OTHER_SECRET });
    const { id } = await job({ webhook_secret: '${{ secrets.HOOK_SECRET }}' });
    const [hook] = await received(await trigger(id), 1);
    expect(verify(OTHER_SECRET, hook?.headers ?? {}, hook?.text ?? '')).toBe(true);
    await service.call('DELETE', `${secrets}/${name}`);
    const run = await trigger(id);
    const waits = await eventually(
      () => deliveryOf(run),
      (delivery) => delivery?.log.length === 1,
    );
    expect(waits).toMatchObject({ status: 'pending', log: [{ error_code: 'secret_missing' }] });
  });

  it('counts an attempt that breaks unexpectedly, and gives up in the end', async () => {
    const { id } = await job();
    // No API stores this: what cannot become a text breaks the attempt itself.
    await sql(`UPDATE jobs SET webhook = '{"url":{"toString":1},"secret":null}' WHERE id = $1`, [id]);
    const run = await trigger(id);
    const waits = await eventually(
      () => deliveryOf(run),
      (delivery) => delivery?.log.length === 1,
    );
    expect(waits).toMatchObject({ status: 'pending', log: [{ error_code: 'internal_error', url: null }] });
    expect(Date.parse(waits.next_attempt_at) - Date.parse(waits.log[0].at)).toBeGreaterThanOrEqual(4_000);
    await sql('UPDATE webhook_deliveries SET give_up_at = now() WHERE execution_id = $1', [run]);
    await hurry(run);
    expect(await settled(run, 'failed')).toMatchObject({ attempts: 2, next_attempt_at: null });
  });

  it('tells ends that no worker came to', async () => {
    const { id } = await job();
    const cancelled = await trigger(id, { scheduled_at: '2040-01-01T00:00:00Z' });
    await service.call('POST', `${V1_RUNS}/${cancelled}/cancel`);
    expect((await received(cancelled, 1))[0]?.body.type).toBe('run.canceled');

    const upstream = await job({ endpoint_url: `${endpoint.origin}/broken` });
    const dependent = await job();
    const path = `/api/v1/scheduler/jobs/${dependent.id}/dependencies`;
    const dependencies = { dependsOnJobIds: [upstream.id], condition: 'AllSucceeded' };
    expect((await service.call('POST', path, dependencies)).status).toBe(200);
    const unmet = await trigger(dependent.id);
    const failed = await trigger(upstream.id);
    expect((await received(failed, 1))[0]?.body.type).toBe('run.failed');
    expect((await received(unmet, 1))[0]?.body.type).toBe('run.canceled');

    hanging.set('/slow', new Set());
    const slow = { endpoint_url: `${endpoint.origin}/slow`, max_concurrency: 1, run_ttl_secs: 1 };
    const late = await job(slow);
    const first = await trigger(late.id);
    await eventually(
      () => owed('/slow'),
      (count) => count === 1,
    );
    const expired = await trigger(late.id);
    expect((await received(expired, 1))[0]?.body.type).toBe('run.expired');
    release('/slow');
    expect((await received(first, 1))[0]?.body.type).toBe('run.completed');
  });

  it('tells the end of what waited when its job is deleted', async () => {
    const { id } = await job();
    const run = await trigger(id, { scheduled_at: '2040-01-01T00:00:00Z' });
    await service.call('DELETE', `/api/v1/scheduler/jobs/${id}`);
    expect((await received(run, 1))[0]?.body).toMatchObject({ type: 'run.canceled', data: { job_id: id } });
  });

  it('of a receiver that does not answer holds up no other one', async () => {
    const { id, path } = await job();
    hanging.set(path, new Set());
    const items = Array.from({ length: 60 }, () => ({}));
    await service.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items });
    await eventually(
      () => owed(path),
      (count) => count >= 8,
    );
    await received(await trigger((await job()).id), 1);
    expect(owed(path)).toBeLessThan(32);
    const scrape = async () => String((await service.call('GET', '/metrics')).body);
    expect(await scrape()).toMatch(/^carillon_webhook_pending [1-9]/m);
    expect(await scrape()).toMatch(/^carillon_webhook_attempts_total\{outcome="delivered"\} [1-9]/m);
    release(path);
  });
});

describe('a process that shuts down', () => {
  it('hands over what it has not delivered', async () => {
    // Without a secret: the two do not share their key.
    const { id, path } = await job({ webhook_secret: null });
    hanging.set(path, new Set());
    const other = await startService({ databaseUrl: service.databaseUrl });
    try {
      // More than one process takes of one job.
      const items = Array.from({ length: 20 }, () => ({}));
      await service.call('POST', `${V1_JOBS}/${id}/trigger/bulk`, { items });
      await eventually(
        () => owed(path),
        (count) => count === items.length,
      );
    } finally {
      await other.stop();
      release(path);
    }
    const list = `${V1_JOBS}/${id}/webhook-deliveries`;
    const deliveries = await eventually(
      async () => (await service.call('GET', list)).body as WebhookDelivery[],
      (all) => all.every(({ status }) => status === 'delivered'),
    );
    expect(deliveries).toHaveLength(20);
    const handed = deliveries.filter(({ log }) => log.some(({ error_code }) => error_code === 'aborted'));
    expect(handed.length).toBeGreaterThanOrEqual(4);
    expect(handed.every(({ log }) => log[0]?.response_status === 204)).toBe(true);
  });

  interface WebhookDelivery {
    status: string;
    log: { error_code: string | null; response_status: number | null }[];
  }
});

describe('the log of deliveries', () => {
  it('goes through all pages of a job, and filters', async () => {
    const { id, path } = await job();
    const runs: string[] = [];
    for (const status of [204, 410, 204]) {
      answers.set(path, { status });
      const run = await trigger(id);
      await settled(run, status === 410 ? 'failed' : 'delivered');
      runs.unshift(run);
    }
    const list = `${V1_JOBS}/${id}/webhook-deliveries`;
    const seen: string[] = [];
    for (let page: string | undefined = `${list}?limit=2`; page;) {
      const { body, headers } = await service.call('GET', page);
      seen.push(...(body as { run_id: string }[]).map((one) => one.run_id));
      page = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(runs);
    const failed = (await service.call('GET', `${list}?status=failed`)).body as { run_id: string }[];
    expect(failed.map((one) => one.run_id)).toEqual([runs[1]]);
    const none = await service.call('GET', `${V1_RUNS}/${runs[1]}/webhook-deliveries?status=delivered`);
    expect(none.body).toEqual([]);
  });

  it('refuses to deliver what there is nobody for any more', async () => {
    const { id } = await job();
    const run = await trigger(id);
    const delivery = await settled(run, 'delivered');
    await service.call('PATCH', `${V1_JOBS}/${id}`, { webhook_url: null });
    const path = `${V1_RUNS}/${run}/webhook-deliveries`;
    expect(await service.call('POST', `${path}/${delivery.id}/redeliver`)).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    });
    expect((await service.call('POST', `${path}/${run}/redeliver`)).status).toBe(404);
  });
});
