import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodeFixture } from './code-execution-fixture.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(handler: Handler): Promise<{ origin: string; server: Server }> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("a script's fetch", () => {
  const fixture = new CodeFixture();
  const seen: string[] = [];
  let allowed: { origin: string; server: Server };
  let other: { origin: string; server: Server };
  /** Called when a request to /hang has arrived; its connection is handed over. */
  let onHang: (request: IncomingMessage) => void = () => undefined;

  beforeAll(async () => {
    other = await serving((request, response) => {
      seen.push(`other ${request.url}`);
      response.end('other');
    });
    allowed = await serving((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      const path = request.url ?? '';
      if (path === '/hang') return onHang(request);
      if (path === '/large') return void response.end(Buffer.alloc(2 * 1024 * 1024, 'x'));
      if (path === '/to-other') return void response.writeHead(302, { location: other.origin }).end();
      if (path === '/to-metadata') {
        return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      }
      if (path === '/to-self') return void response.writeHead(302, { location: '/json' }).end();
      if (path === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
      if (path === '/missing') return void response.writeHead(404).end('nothing here');
      if (path === '/json') {
        return void response
          .writeHead(200, { 'content-type': 'application/json', 'x-two': ['a', 'b'] })
          .end('{"n":1}');
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { authorization } = request.headers;
        response.end(
          JSON.stringify({ body: Buffer.concat(chunks).toString(), authorization, method: request.method }),
        );
      });
    });
  });

  afterAll(async () => {
    await fixture.close();
    for (const { server } of [allowed, other]) {
      server.closeAllConnections();
      server.close();
    }
  });

  beforeEach(() => {
    seen.length = 0;
  });

  const run = (source: string, allowHttp = [allowed.origin]) =>
    fixture.value(source, { allowHttp, input: { origin: allowed.origin, other: other.origin } });

  it('gets status, headers and body of an allowed origin', async () => {
    const source = `
      const response = await fetch(input.origin + '/json');
      return {
        status: response.status, ok: response.ok, url: response.url, type: response.headers.get('Content-Type'),
        two: response.headers.get('x-two'), none: response.headers.get('x-none'), has: response.headers.has('X-Two'),
        json: await response.json(), text: await response.text(),
      };`;
    expect(await run(source)).toEqual({
      status: 200,
      ok: true,
      url: `${allowed.origin}/json`,
      type: 'application/json',
      two: 'a, b',
      none: null,
      has: true,
      json: { n: 1 },
      text: '{"n":1}',
    });
  });

  it('sends method, headers and body', async () => {
    const source = `
      const headers = { Authorization: 'Bearer t' };
      return (await fetch(input.origin + '/echo', { method: 'post', headers, body: 'é' })).json();`;
    expect(await run(source)).toEqual({ method: 'POST', authorization: 'Bearer t', body: 'é' });
  });

  it('runs several at once, and a status of an error is an answer', async () => {
    const source = `
      const paths = ['/json', '/missing', '/json'];
      return (await Promise.all(paths.map((path) => fetch(input.origin + path)))).map((r) => [r.status, r.ok]);`;
    expect(await run(source)).toEqual([
      [200, true],
      [404, false],
      [200, true],
    ]);
  });

  const refusal = (call: string) => `
    try { await ${call}; return 'sent'; } catch (error) { return error.constructor.name + ': ' + error.message; }`;

  it.each([
    ['an origin that is not listed', `fetch(input.other)`, /is not among the origins that allowHttp lists/],
    ['another port', `fetch('http://127.0.0.1:1/')`, /is not among the origins/],
    ['another scheme', `fetch('file:///etc/passwd')`, /is not among the origins/],
    ['something that is not a URL', `fetch('/relative')`, /not a valid absolute one/],
    ['user info before the host', `fetch(input.origin.replace('://', '://user:pass@'))`, /userinfo/],
    [
      'a host that only looks alike',
      `fetch(input.origin + '@' + input.other.slice(7))`,
      /is not among the origins/,
    ],
    [
      'a redirect to an origin that is not listed',
      `fetch(input.origin + '/to-other')`,
      /is not among the origins/,
    ],
    [
      'a redirect to the metadata service',
      `fetch(input.origin + '/to-metadata')`,
      /is not among the origins/,
    ],
    ['redirects without end', `fetch(input.origin + '/loop')`, /more than 5 redirects/],
    ['a response that is too large', `fetch(input.origin + '/large')`, /larger than 1048576 bytes/],
    [
      'a request that is too large',
      `fetch(input.origin, { method: 'POST', body: 'x'.repeat(2e6) })`,
      /larger than/,
    ],
    ['a body that is not text', `fetch(input.origin, { method: 'POST', body: {} })`, /must be a string/],
    ['a header with a line break', `fetch(input.origin, { headers: { a: 'b\\r\\nc: d' } })`, /header/i],
    ['a method that is none', `fetch(input.origin, { method: 'GET / HTTP/1.1\\r\\n' })`, /method/i],
  ])('refuses %s as a TypeError of the script', async (_, call, message) => {
    const result = await run(refusal(call));
    expect(result).toMatch(/^TypeError: fetch: /);
    expect(result).toMatch(message);
    expect(seen.filter((line) => line.startsWith('other'))).toEqual([]);
  });

  it('follows redirects to listed origins', async () => {
    expect(await run(`return (await fetch(input.origin + '/to-self')).url`)).toBe(`${allowed.origin}/json`);
    const both = [allowed.origin, other.origin];
    expect(await run(`return (await fetch(input.origin + '/to-other')).text()`, both)).toBe('other');
  });

  it('is off where the job lists no origin', async () => {
    expect(await run(refusal('fetch(input.origin)'), [])).toMatch(/is not among the origins/);
    expect(seen).toEqual([]);
  });

  it('stays behind the guard for internal networks, whatever the job lists', async () => {
    const strict = new CodeFixture({}, []);
    try {
      const result = await strict.value(refusal('fetch(input.origin)'), {
        input: { origin: allowed.origin },
        allowHttp: [allowed.origin],
      });
      expect(result).toMatch(/^TypeError: fetch: Refused .*loopback/);
      expect(seen).toEqual([]);
    } finally {
      await strict.close();
    }
  });

  it('is refused after too many requests', async () => {
    const source = `
      let sent = 0;
      try { for (;;) { await fetch(input.origin + '/json'); sent += 1; } } catch (error) { return [sent, error.message]; }`;
    expect(await run(source)).toEqual([100, 'fetch: a run may send 100 requests']);
  });

  it.each(['timeout', 'cancelled'] as const)('is broken off when the run is stopped: %s', async (reason) => {
    const stop = new AbortController();
    const closed = new Promise<void>((resolve) => {
      onHang = (request) => {
        request.socket.once('close', () => resolve());
        stop.abort(reason);
      };
    });
    const { outcome } = await fixture.run(`await fetch(input.origin + '/hang')`, {
      allowHttp: [allowed.origin],
      input: { origin: allowed.origin },
      signal: stop.signal,
    });
    expect(outcome.kind).toBe(reason === 'timeout' ? 'failed' : 'cancelled');
    await closed;
  });

  it('is broken off when the script ends without waiting for it', async () => {
    const closed = new Promise<void>((resolve) => {
      onHang = (request) => request.socket.once('close', () => resolve());
    });
    const arrived = run(`fetch(input.origin + '/hang'); await fetch(input.origin + '/json'); return 'done'`);
    expect(await arrived).toBe('done');
    await closed;
  });

  it('that nobody answers is no reason to say that the script never settles', async () => {
    const waited = await fixture.failure(`await fetch(input.origin + '/hang')`, {
      allowHttp: [allowed.origin],
      input: { origin: allowed.origin },
      timeoutMs: 300,
    });
    expect(waited.error.code).toBe('script_timeout');
  });
});
