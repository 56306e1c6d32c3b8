import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Outcome } from '../../src/domain/execution/outcome.js';
import type { ExecutionContext } from '../../src/executors/executor.js';
import type { HttpCallConfiguration } from '../../src/executors/http-call/http-call.configuration.js';
import { HttpCallExecutor } from '../../src/executors/http-call/http-call.executor.js';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';

const client = new OutboundClient({ allow: ['127.0.0.1/32'] });
const executor = new HttpCallExecutor(client);
const endpoints: Endpoint[] = [];

async function serve(handler: RequestListener): Promise<Endpoint> {
  const endpoint = await startEndpoint(handler);
  endpoints.push(endpoint);
  return endpoint;
}

function context(changes: Partial<ExecutionContext> = {}): ExecutionContext {
  return {
    jobId: 'job-1',
    jobName: 'Sync',
    executionId: 'execution-1',
    attempt: 2,
    trigger: 'manual',
    scheduledFor: null,
    payload: null,
    idempotencyKey: 'execution-1',
    deadline: new Date(Date.now() + 60_000),
    signal: new AbortController().signal,
    log: { write: () => undefined },
    ...changes,
  };
}

interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Runs one call against a server that answers 204, and tells what the server saw. */
async function seenBy(
  configuration: Omit<HttpCallConfiguration, 'url'>,
  changes: Partial<ExecutionContext> = {},
  path = '/',
): Promise<Seen> {
  let seen: Seen | undefined;
  const { origin } = await serve((request, response) => {
    void bodyOf(request).then((body) => {
      seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      response.writeHead(204).end();
    });
  });
  const outcome = await executor.execute({ ...configuration, url: origin + path }, context(changes));
  expect(outcome.kind).toBe('succeeded');
  if (seen === undefined) throw new Error('the server saw nothing');
  return seen;
}

/** Runs one GET against a server that answers so. */
async function outcomeOf(
  handler: RequestListener,
  configuration: Partial<HttpCallConfiguration> = {},
): Promise<Outcome> {
  const { origin } = await serve(handler);
  return executor.execute({ url: origin, ...configuration }, context());
}

afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

afterAll(() => client.close());

describe('the request of an HTTP call', () => {
  it('is a GET without a body, and says whose call it is', async () => {
    const seen = await seenBy({});
    expect(seen).toMatchObject({ method: 'GET', body: '' });
    expect(seen.headers).toMatchObject({
      'user-agent': 'Carillon',
      'idempotency-key': 'execution-1',
      'x-carillon-job-id': 'job-1',
      'x-carillon-execution-id': 'execution-1',
      'x-carillon-attempt': '2',
      'accept-encoding': 'identity',
    });
    expect(seen.headers['content-type']).toBeUndefined();
  });

  it('of the documented example is a POST without a body', async () => {
    const seen = await seenBy({ method: 'POST', headers: { 'X-Api-Key': 'abc123' }, body: null });
    expect(seen).toMatchObject({
      method: 'POST',
      body: '',
      headers: { 'x-api-key': 'abc123', 'content-length': '0' },
    });
  });

  it.each([
    ['an object', { a: 1 }, '{"a":1}', 'application/json'],
    ['a list', [1, 'b'], '[1,"b"]', 'application/json'],
    ['false', false, 'false', 'application/json'],
    ['zero', 0, '0', 'application/json'],
    ['text', 'käse', 'käse', 'text/plain; charset=utf-8'],
  ])('with %s as body is a POST of it', async (_case, body, text, contentType) => {
    const seen = await seenBy({ body });
    expect(seen).toMatchObject({ method: 'POST', body: text, headers: { 'content-type': contentType } });
  });

  it('lets the headers of the user take the place of its own', async () => {
    const { headers } = await seenBy({
      body: 'a=1',
      headers: {
        'content-TYPE': 'application/x-www-form-urlencoded',
        'USER-AGENT': 'mine',
        'idempotency-key': 'my-key',
        'X-CARILLON-ATTEMPT': 'mine',
        'accept-encoding': 'br',
      },
    });
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'mine',
      'idempotency-key': 'my-key',
      'x-carillon-attempt': 'mine',
      'accept-encoding': 'br',
    });
  });

  it('adds the query to that of the URL, which stays as written', async () => {
    const { url } = await seenBy(
      { query: { tag: ['a b', 'c&d'], n: 1.5, on: false, none: [] } },
      {},
      '/x?q=a%20b#frag',
    );
    expect(url).toBe('/x?q=a%20b&tag=a+b&tag=c%26d&n=1.5&on=false');
  });

  it('sends the payload of the trigger where the configuration has no body', async () => {
    const seen = await seenBy({ body: null }, { payload: { order: 7 } });
    expect(seen).toMatchObject({
      method: 'POST',
      body: '{"order":7}',
      headers: { 'content-type': 'application/json' },
    });
  });

  it.each([
    ['the body of the configuration', { body: { own: true } }, 'POST', '{"own":true}'],
    ['a GET that is asked for', { method: 'GET' as const }, 'GET', ''],
    ['a HEAD that is asked for', { method: 'HEAD' as const }, 'HEAD', ''],
  ])('prefers %s to the payload', async (_case, configuration, method, body) => {
    expect(await seenBy(configuration, { payload: { order: 7 } })).toMatchObject({ method, body });
  });

  it('sends a body with DELETE', async () => {
    expect(await seenBy({ method: 'DELETE', body: { id: 1 } })).toMatchObject({
      method: 'DELETE',
      body: '{"id":1}',
    });
  });
});

describe('the outcome of an HTTP call', () => {
  it('keeps status, safe headers and parsed JSON, and the measured times', async () => {
    const outcome = await outcomeOf((_request, response) => {
      response.writeHead(201, {
        'content-type': 'application/json; charset=utf-8',
        'set-cookie': 'sid=secret',
        'x-session-token': 'secret',
        etag: '"1"',
      });
      response.end('{"ok":true}');
    });
    expect(outcome).toEqual({
      kind: 'succeeded',
      output: {
        status: 201,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          date: expect.any(String),
          etag: '"1"',
        },
        contentType: 'application/json; charset=utf-8',
        body: { ok: true },
        truncated: false,
      },
      trace: {
        connectMs: expect.any(Number),
        ttfbMs: expect.any(Number),
        transferMs: expect.any(Number),
        totalMs: expect.any(Number),
      },
    });
  });

  it('keeps text as text and bytes as base64', async () => {
    const text = await outcomeOf((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<p>'),
    );
    expect(text.output).toMatchObject({ body: '<p>', contentType: 'text/html' });
    const bytes = await outcomeOf((_request, response) =>
      response.setHeader('content-type', 'image/png').end('abc'),
    );
    expect(bytes.output).toMatchObject({ body: 'YWJj', encoding: 'base64' });
  });

  it('keeps a body that is compressed against the request as base64', async () => {
    const zipped = gzipSync('{"a":1}');
    const { output } = await outcomeOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(zipped);
    });
    expect(output).toMatchObject({ body: zipped.toString('base64'), encoding: 'base64' });
  });

  it('succeeds with a cut body, and says so', async () => {
    const outcome = await outcomeOf(
      (_request, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify('x'.repeat(1000)));
      },
      { maxResponseBytes: 10 },
    );
    expect(outcome).toMatchObject({ kind: 'succeeded', output: { truncated: true, body: '"xxxxxxxxx' } });
  });

  it.each([
    [500, true],
    [502, true],
    [503, true],
    [408, true],
    [409, true],
    [425, true],
    [429, true],
    [304, true],
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [410, false],
    [422, false],
  ])('for status %i is failed with retryable = %s', async (status, retryable) => {
    const outcome = await outcomeOf((_request, response) => response.writeHead(status).end());
    expect(outcome).toMatchObject({
      kind: 'failed',
      failureKind: 'error',
      error: { code: 'unexpected_status', details: { status } },
      retryable,
      output: { status },
      trace: { totalMs: expect.any(Number) },
    });
  });

  it('follows the expected statuses of the configuration', async () => {
    const answer404: RequestListener = (_request, response) => response.writeHead(404).end();
    const answer200: RequestListener = (_request, response) => response.end();
    const configuration = { expectedStatuses: [404, '500-502'] };
    expect((await outcomeOf(answer404, configuration)).kind).toBe('succeeded');
    expect((await outcomeOf(answer200, configuration)).kind).toBe('failed');
  });

  it('takes a redirect as the answer where none is followed', async () => {
    const redirect: RequestListener = (_request, response) =>
      response.writeHead(302, { location: '/next' }).end();
    const outcome = await outcomeOf(redirect, { maxRedirects: 0, expectedStatuses: ['3xx'] });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      output: { status: 302, headers: { location: '/next' } },
    });
  });

  it.each([
    ['seconds', '90', 90_000, 90_000],
    ['a date', new Date(Date.now() + 3_600_000).toUTCString(), 3_000_000, 3_600_000],
    ['a date in the past', 'Wed, 01 Jan 2020 00:00:00 GMT', 0, 0],
    ['more than a day', '1000000', 86_400_000, 86_400_000],
  ])('passes on Retry-After in %s', async (_case, header, atLeast, atMost) => {
    const outcome = await outcomeOf((_request, response) =>
      response.writeHead(503, { 'retry-after': header }).end(),
    );
    if (outcome.kind !== 'failed') throw new Error(outcome.kind);
    expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(atLeast);
    expect(outcome.retryAfterMs).toBeLessThanOrEqual(atMost);
  });

  it('has no retryAfterMs without a readable Retry-After', async () => {
    const outcome = await outcomeOf((_request, response) =>
      response.writeHead(503, { 'retry-after': 'soon' }).end(),
    );
    expect(outcome).not.toHaveProperty('retryAfterMs');
  });

  it('of a refused connection is retryable', async () => {
    const { origin, close } = await startEndpoint((_request, response) => response.end());
    await close();
    expect(await executor.execute({ url: origin }, context())).toMatchObject({
      kind: 'failed',
      failureKind: 'error',
      error: { code: 'connect_failed' },
      retryable: true,
    });
  });

  it('of a blocked address is not retryable and names the rule', async () => {
    expect(
      await executor.execute({ url: 'http://169.254.169.254/latest/?token=hunter2' }, context()),
    ).toEqual({
      kind: 'failed',
      failureKind: 'error',
      error: {
        code: 'outbound_blocked',
        message: expect.stringContaining('169.254.169.254'),
        details: { rule: 'metadata' },
      },
      retryable: false,
    });
  });

  it.each<[string, HttpCallConfiguration, string]>([
    ['a URL', { url: 'not a URL' }, 'invalid_url'],
    ['a query beside a URL', { url: 'not a URL', query: { a: 1 } }, 'invalid_url'],
    ['a header', { url: 'http://127.0.0.1:1/', headers: { 'X-A': 'hunter2\n' } }, 'invalid_request'],
  ])('of %s that a secret has spoiled is failed for good', async (_case, configuration, code) => {
    const outcome = await executor.execute(configuration, context());
    expect(outcome).toMatchObject({ kind: 'failed', error: { code }, retryable: false });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  it('shows no secret of headers, path or query in its errors', async () => {
    const { origin, close } = await startEndpoint((_request, response) => response.end());
    await close();
    const outcome = await executor.execute(
      {
        url: `${origin}/hunter2?key=hunter2`,
        headers: { Authorization: 'hunter2' },
        query: { token: 'hunter2' },
      },
      context(),
    );
    expect(outcome.kind).toBe('failed');
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });
});

describe('the fallback of an HTTP call', () => {
  const fine: RequestListener = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"fallback"}');
  const withFallback = async (
    main: RequestListener,
    fallback: RequestListener = fine,
    configuration: Partial<HttpCallConfiguration> = {},
  ): Promise<Outcome> => {
    const [{ origin: url }, { origin: fallbackUrl }] = await Promise.all([serve(main), serve(fallback)]);
    return executor.execute({ url, fallbackUrl, ...configuration }, context({ timeoutMs: 60_000 }));
  };

  it.each<[string, RequestListener]>([
    ['429', (_request, response) => response.writeHead(429).end()],
    ['a broken connection', (request) => request.socket.destroy()],
  ])('answers after %s of the main endpoint', async (_case, main) => {
    expect(await withFallback(main)).toMatchObject({
      kind: 'succeeded',
      output: { status: 200, body: { from: 'fallback' } },
      trace: { mainMs: expect.any(Number), totalMs: expect.any(Number) },
    });
  });

  it('answers after a refused connection, with the method, headers and body of the main call', async () => {
    const { origin: url, close } = await startEndpoint(fine);
    await close();
    const seen: object[] = [];
    const { origin } = await serve((request, response) => {
      void bodyOf(request).then((body) => {
        const { method, headers } = request;
        seen.push({ method, url: request.url, body, key: headers['idempotency-key'], own: headers['x-own'] });
        response.end();
      });
    });
    const configuration = {
      url,
      fallbackUrl: `${origin}/standby`,
      method: 'PUT' as const,
      body: { a: 1 },
      query: { q: 'x' },
      headers: { 'X-Own': 'mine' },
    };
    expect((await executor.execute(configuration, context())).kind).toBe('succeeded');
    expect(seen).toEqual([
      { method: 'PUT', url: '/standby?q=x', body: '{"a":1}', key: 'execution-1', own: 'mine' },
    ]);
  });

  it('answers after a timeout, within the time of the attempt', async () => {
    const silent: RequestListener = () => undefined;
    expect(await withFallback(silent, fine, { timeoutSeconds: 3 })).toMatchObject({
      kind: 'succeeded',
      output: { body: { from: 'fallback' } },
    });
    const both = await withFallback(silent, silent, { timeoutSeconds: 1 });
    expect(both).toMatchObject({ kind: 'failed', failureKind: 'timeout', retryable: true });
  });

  it.each([200, 400, 404, 500, 503])('is not called after the answer %i', async (status) => {
    let called = false;
    const outcome = await withFallback(
      (_request, response) => response.writeHead(status).end(),
      (_request, response) => {
        called = true;
        response.end();
      },
    );
    expect(outcome).toMatchObject({ output: { status } });
    expect(outcome.trace).not.toHaveProperty('mainMs');
    expect(called).toBe(false);
  });

  it('that fails tells of both, may be tried again, and leaves the longer Retry-After', async () => {
    const outcome = await withFallback(
      (_request, response) => response.writeHead(429, { 'retry-after': '90' }).end(),
      (_request, response) => response.writeHead(404).end(),
    );
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { message: 'The endpoint answered 429. Of the fallback: The endpoint answered 404.' },
      retryable: true,
      retryAfterMs: 90_000,
      output: { status: 404 },
      trace: { mainMs: expect.any(Number) },
    });
  });

  it('passes the guard, and counts as a target of secrets', async () => {
    const refused = { url: 'http://127.0.0.1:1/', fallbackUrl: 'http://169.254.169.254/latest/' };
    expect(await executor.execute(refused, context())).toMatchObject({
      kind: 'failed',
      error: { code: 'outbound_blocked', details: { rule: 'metadata' } },
    });
    expect(executor.targets({ url: 'http://a.example/', fallbackUrl: 'http://b.example/' })).toEqual([
      'a.example',
      'b.example',
    ]);
  });
});

describe('a stopped HTTP call', () => {
  it('by its own time limit is failed with timeout, retryable', async () => {
    const endpoint = await serve(() => undefined);
    expect(await executor.execute({ url: endpoint.origin, timeoutSeconds: 1 }, context())).toMatchObject({
      kind: 'failed',
      failureKind: 'timeout',
      error: { code: 'timeout' },
      retryable: true,
    });
    await endpoint.closed(1);
  });

  it("by the worker's time limit is failed with timeout", async () => {
    const controller = new AbortController();
    const endpoint = await serve(() => {
      controller.abort('timeout');
    });
    const outcome = await executor.execute({ url: endpoint.origin }, context({ signal: controller.signal }));
    expect(outcome).toMatchObject({ kind: 'failed', failureKind: 'timeout', retryable: true });
    await endpoint.closed(1);
  });

  it.each(['cancelled', 'lease-lost', 'shutdown'])('for the reason %s is cancelled', async (reason) => {
    const controller = new AbortController();
    const endpoint = await serve((_request, response) => {
      response.write('begun', () => {
        controller.abort(reason);
      });
    });
    const outcome = await executor.execute({ url: endpoint.origin }, context({ signal: controller.signal }));
    expect(outcome).toEqual({ kind: 'cancelled', reason });
    await endpoint.closed(1);
  });

  it('by the shutdown of the client is a system failure that may be tried again', async () => {
    const closed = new OutboundClient({ allow: ['127.0.0.1/32'] });
    await closed.close();
    expect(
      await new HttpCallExecutor(closed).execute({ url: 'http://127.0.0.1:1/' }, context()),
    ).toMatchObject({
      kind: 'failed',
      failureKind: 'system',
      retryable: true,
    });
  });
});
