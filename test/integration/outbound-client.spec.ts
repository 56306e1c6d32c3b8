import { EventEmitter, getEventListeners, once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';
import type { OutboundErrorCode } from '../../src/platform/outbound/outbound-error.js';
import { bodyOf, type Endpoint, startEndpoint, startRawEndpoint } from '../support/http-endpoint.js';

const client = new OutboundClient({ allow: ['127.0.0.1/32'] });
const endpoints: Endpoint[] = [];

async function serve(handler: RequestListener): Promise<Endpoint> {
  const endpoint = await startEndpoint(handler);
  endpoints.push(endpoint);
  return endpoint;
}

async function serveRaw(onSocket: (socket: Socket) => void): Promise<Endpoint> {
  const endpoint = await startRawEndpoint(onSocket);
  endpoints.push(endpoint);
  return endpoint;
}

const failsWith = (code: OutboundErrorCode) => expect.objectContaining({ name: 'OutboundError', code });

/** Answers each request on a connection with these bytes, however wrong they are. */
const answering = (bytes: string) => (socket: Socket) => {
  socket.on('data', () => socket.end(bytes, 'latin1'));
};

afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

afterAll(() => client.close());

describe('a request', () => {
  it('sends method, path, query, headers and body, and answers status, headers and body', async () => {
    const { origin } = await serve((request, response) => {
      void bodyOf(request).then((body) => {
        response.writeHead(201, { 'X-Seen': 'yes', 'Set-Cookie': ['a=1', 'b=2'] });
        response.end(
          JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }),
        );
      });
    });
    const response = await client.request({
      method: 'PUT',
      url: `${origin}/a%20b?q=%C3%A4&q=2#fragment`,
      headers: { 'X-One': '1' },
      body: 'käse',
    });
    expect(response).toMatchObject({
      status: 201,
      truncated: false,
      redirects: 0,
      headers: { 'x-seen': 'yes', 'set-cookie': ['a=1', 'b=2'] },
    });
    expect(JSON.parse(response.body.toString())).toMatchObject({
      method: 'PUT',
      url: '/a%20b?q=%C3%A4&q=2',
      headers: { 'x-one': '1', 'accept-encoding': 'identity', 'content-length': '5' },
      body: 'käse',
    });
  });

  it('passes a compressed body on as it came', async () => {
    const zipped = gzipSync('hello');
    const { origin } = await serve((request, response) => {
      response.setHeader('content-encoding', String(request.headers['accept-encoding'])).end(zipped);
    });
    const response = await client.request({
      method: 'GET',
      url: origin,
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(response.body.equals(zipped)).toBe(true);
  });

  it('reads past an informational response', async () => {
    const { origin } = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' });
      response.end('final');
    });
    const response = await client.request({ method: 'GET', url: origin });
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe('final');
  });

  it('answers a HEAD request without waiting for a body', async () => {
    const { origin } = await serve((_request, response) =>
      response.writeHead(200, { 'content-length': 10 }).end(),
    );
    const response = await client.request({ method: 'HEAD', url: origin });
    expect(response.headers['content-length']).toBe('10');
    expect(response.body).toHaveLength(0);
  });

  it.each([
    ['a line break in a value', { 'X-A': 'b\r\nX-Injected: 1' }],
    ['a line break in a name', { 'X-A\r\nX-B': 'b' }],
    ['a character beyond latin1', { 'X-A': '✓' }],
    ['a host', { Host: 'other.example' }],
    ['a length', { 'content-length': '0' }],
    ['a framing', { 'Transfer-Encoding': 'chunked' }],
    ['a connection header', { Connection: 'upgrade' }],
  ])('refuses %s among the headers without showing the value', async (_case, headers) => {
    const endpoint = await serve((_request, response) => response.end());
    const request = client.request({ method: 'GET', url: endpoint.origin, headers });
    await expect(request).rejects.toThrow(failsWith('invalid_request'));
    await expect(request).rejects.not.toThrow(/Injected|other\.example|chunked/);
    expect(endpoint.connections()).toBe(0);
  });

  it.each(['CONNECT', 'TRACE', 'GET /x HTTP/1.1\r\nX: ', ''])('refuses the method %p', async (method) => {
    const request = client.request({ method, url: 'http://127.0.0.1/' });
    await expect(request).rejects.toThrow(failsWith('invalid_request'));
  });
});

describe('the size limit', () => {
  it.each([
    [9, true],
    [10, false],
    [11, false],
    [0, true],
  ])('of %i bytes for a body of 10 gives truncated = %s', async (maxResponseBytes, truncated) => {
    const { origin } = await serve((_request, response) => response.end('0123456789'));
    const response = await client.request({ method: 'GET', url: origin, maxResponseBytes });
    expect(response.truncated).toBe(truncated);
    expect(response.body.toString()).toBe('0123456789'.slice(0, maxResponseBytes));
  });

  it('ends a response that never ends, and closes its connection', async () => {
    let written = 0;
    const endpoint = await serve((_request, response) => {
      const chunk = Buffer.alloc(16 * 1024, 'x');
      const pour = () => {
        do written += chunk.length;
        while (!response.destroyed && response.write(chunk));
        response.once('drain', pour);
      };
      pour();
    });
    const response = await client.request({ method: 'GET', url: endpoint.origin, maxResponseBytes: 100_000 });
    expect(response.truncated).toBe(true);
    expect(response.body).toHaveLength(100_000);
    expect(response.status).toBe(200);
    await endpoint.closed(1);
    expect(written).toBeGreaterThan(100_000);
  });
});

describe('connections', () => {
  it('are kept alive: the second request connects in no time', async () => {
    const endpoint = await serve((_request, response) => response.end('ok'));
    const first = await client.request({ method: 'GET', url: endpoint.origin });
    await new Promise(setImmediate);
    const second = await client.request({ method: 'POST', url: `${endpoint.origin}/other`, body: 'x' });
    expect(first.timings.connectMs).toBeGreaterThan(0);
    expect(second.timings.connectMs).toBe(0);
    expect(endpoint.connections()).toBe(1);
  });

  it('are opened for each of many requests at once, and then reused', async () => {
    const waiting: ServerResponse[] = [];
    const endpoint = await serve((_request, response) => {
      waiting.push(response);
      if (waiting.length === 10) waiting.splice(0).forEach((held) => held.end('ok'));
    });
    const round = () =>
      Promise.all(Array.from({ length: 10 }, () => client.request({ method: 'GET', url: endpoint.origin })));
    await round();
    await new Promise(setImmediate);
    const second = await round();
    expect(endpoint.connections()).toBe(10);
    expect(second.map((response) => response.timings.connectMs)).toEqual(Array(10).fill(0));
  });

  /** A peer that answers one request per connection and closes at the second. */
  const closesAtTheSecond = () => {
    let requests = 0;
    const handler = (socket: Socket) => {
      let served = 0;
      socket.on('data', () => {
        requests += 1;
        served += 1;
        if (served === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        else socket.destroy();
      });
    };
    return { handler, requests: () => requests };
  };

  it('that turn out to be closed are replaced for an idempotent request', async () => {
    const peer = closesAtTheSecond();
    const { origin } = await serveRaw(peer.handler);
    await client.request({ method: 'GET', url: origin });
    await new Promise(setImmediate);
    const response = await client.request({ method: 'PUT', url: origin, body: 'x' });
    expect(response.status).toBe(200);
    expect(response.timings.connectMs).toBeGreaterThan(0);
    expect(peer.requests()).toBe(3);
  });

  it('that turn out to be closed fail a POST, which may have been acted upon', async () => {
    const peer = closesAtTheSecond();
    const { origin } = await serveRaw(peer.handler);
    await client.request({ method: 'GET', url: origin });
    await new Promise(setImmediate);
    const request = client.request({ method: 'POST', url: origin, body: 'x' });
    await expect(request).rejects.toThrow(failsWith('connection_lost'));
    expect(peer.requests()).toBe(2);
  });
});

describe('measured times', () => {
  it('tell waiting for the head from reading the body', async () => {
    const { origin } = await serve((_request, response) => {
      setTimeout(() => {
        response.writeHead(200);
        response.write('a');
        setTimeout(() => response.end('b'), 60);
      }, 80);
    });
    const { timings } = await client.request({ method: 'GET', url: origin });
    // Timers may fire a little early; a slow machine only makes the numbers larger.
    expect(timings.ttfbMs).toBeGreaterThan(70);
    expect(timings.transferMs).toBeGreaterThan(50);
    expect(timings.totalMs).toBeGreaterThanOrEqual(timings.connectMs + timings.ttfbMs + timings.transferMs);
  });
});

describe('a failure', () => {
  it('to connect is connect_failed and retryable', async () => {
    const endpoint = await startEndpoint((_request, response) => response.end());
    await endpoint.close();
    const request = client.request({ method: 'GET', url: `${endpoint.origin}/path?key=secret` });
    await expect(request).rejects.toThrow(failsWith('connect_failed'));
    await expect(request).rejects.toMatchObject({
      retryable: true,
      message: `Could not connect to ${endpoint.origin}: ECONNREFUSED.`,
    });
  });

  it('to resolve is connect_failed', async () => {
    const unresolving = new OutboundClient({
      allow: [],
      resolve: () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })),
    });
    const request = unresolving.request({ method: 'GET', url: 'http://nowhere.test/' });
    await expect(request).rejects.toMatchObject({
      code: 'connect_failed',
      message: 'Could not connect to http://nowhere.test: ENOTFOUND.',
    });
    await unresolving.close();
  });

  it.each([
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['a cut chunked body', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel'],
    ['a body shorter than announced', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello'],
  ])('after %s is connection_lost', async (_case, bytes) => {
    const { origin } = await serveRaw(answering(bytes));
    const request = client.request({ method: 'POST', url: origin, body: 'x' });
    await expect(request).rejects.toThrow(failsWith('connection_lost'));
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a bad chunk size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a NUL in a header', 'HTTP/1.1 200 OK\r\nx-a: b\0c\r\n\r\n'],
    ['a head beyond all bounds', `HTTP/1.1 200 OK\r\n${`x-a: ${'b'.repeat(1000)}\r\n`.repeat(100)}\r\n`],
    [
      'a protocol change that nobody asked for',
      'HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    ],
  ])('by %s is response_invalid and closes the connection', async (_case, bytes) => {
    const endpoint = await serveRaw((socket) => socket.on('data', () => socket.write(bytes, 'latin1')));
    const request = client.request({ method: 'GET', url: endpoint.origin });
    await expect(request).rejects.toThrow(failsWith('response_invalid'));
    await endpoint.closed(1);
  });
});

describe('stopping', () => {
  it('while waiting for the head closes the connection', async () => {
    const controller = new AbortController();
    const endpoint = await serve(() => {
      controller.abort('cancelled');
    });
    const request = client.request({ method: 'GET', url: endpoint.origin, signal: controller.signal });
    await expect(request).rejects.toThrow(failsWith('aborted'));
    await endpoint.closed(1);
  });

  it('in the middle of the body closes the connection', async () => {
    const controller = new AbortController();
    const endpoint = await serve((_request, response) => {
      response.write('some', () => {
        controller.abort('timeout');
      });
    });
    const request = client.request({ method: 'GET', url: endpoint.origin, signal: controller.signal });
    await expect(request).rejects.toThrow(failsWith('timeout'));
    await endpoint.closed(1);
  });

  it('during the TLS handshake closes the connection', async () => {
    const controller = new AbortController();
    // The first bytes are the greeting of the client; it never gets an answer.
    const endpoint = await serveRaw((socket) =>
      socket.once('data', () => {
        controller.abort('cancelled');
      }),
    );
    const url = `https://127.0.0.1:${endpoint.port}/`;
    await expect(client.request({ method: 'GET', url, signal: controller.signal })).rejects.toThrow(
      failsWith('aborted'),
    );
    await endpoint.closed(1);
  });

  it('while a name is looked up answers at once', async () => {
    const controller = new AbortController();
    const unanswered = new OutboundClient({
      allow: [],
      resolve: () => {
        controller.abort('cancelled');
        return new Promise<string[]>(() => undefined);
      },
    });
    const request = unanswered.request({
      method: 'GET',
      url: 'http://slow.test/',
      signal: controller.signal,
    });
    await expect(request).rejects.toThrow(failsWith('aborted'));
    await unanswered.close();
  });

  it('before the start sends nothing', async () => {
    const endpoint = await serve((_request, response) => response.end());
    const request = client.request({
      method: 'GET',
      url: endpoint.origin,
      signal: AbortSignal.abort('shutdown'),
    });
    await expect(request).rejects.toThrow(failsWith('aborted'));
    expect(endpoint.connections()).toBe(0);
  });

  it('by timeoutMs closes the connection of a body that trickles', async () => {
    const endpoint = await serve((_request, response) => {
      const timer = setInterval(() => response.write('.'), 10);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const request = client.request({ method: 'GET', url: endpoint.origin, timeoutMs: 200 });
    await expect(request).rejects.toThrow(failsWith('timeout'));
    await endpoint.closed(1);
  });

  it('by an AbortSignal.timeout is a timeout', async () => {
    const { origin } = await serve(() => undefined);
    const request = client.request({ method: 'GET', url: origin, signal: AbortSignal.timeout(50) });
    await expect(request).rejects.toThrow(failsWith('timeout'));
  });

  it('leaves no listener on the signal of a request that has ended', async () => {
    const { origin } = await serve((_request, response) => response.end('ok'));
    const controller = new AbortController();
    const request = client.request({ method: 'GET', url: origin, signal: controller.signal });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    await request;
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('gives up connecting after the connect timeout', async () => {
    const impatient = new OutboundClient({ allow: ['127.0.0.1/32'], connectTimeoutMs: 100 });
    const endpoint = await serveRaw((socket) => socket.resume());
    const request = impatient.request({ method: 'GET', url: `https://127.0.0.1:${endpoint.port}/` });
    await expect(request).rejects.toThrow(failsWith('connect_failed'));
    await endpoint.closed(1);
    await impatient.close();
  });
});

describe('close', () => {
  it('lets a running request end, closes idle connections and refuses new requests', async () => {
    const closing = new OutboundClient({ allow: ['127.0.0.1/32'] });
    const held = new EventEmitter();
    const endpoint = await serve((request, response) => {
      if (request.url === '/held') held.emit('request', response);
      else response.end('ok');
    });
    await closing.request({ method: 'GET', url: endpoint.origin });
    await new Promise(setImmediate);
    const reached = once(held, 'request');
    const running = closing.request({ method: 'GET', url: `${endpoint.origin}/held` });
    const [response] = (await reached) as [ServerResponse];
    const closed = closing.close();
    response.end('late');
    expect((await running).body.toString()).toBe('late');
    await closed;
    await endpoint.closed(endpoint.connections());
    await expect(closing.request({ method: 'GET', url: endpoint.origin })).rejects.toThrow(
      failsWith('aborted'),
    );
  });
});
