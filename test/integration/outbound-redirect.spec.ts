import type { IncomingHttpHeaders } from 'node:http';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { TEST_CERTIFICATE } from '../support/test-certificate.js';

interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const ZONE: Readonly<Record<string, readonly string[]>> = {
  'allowed.test': ['127.0.0.1'],
  'private.test': ['10.0.0.1'],
};

const client = new OutboundClient({
  allow: ['127.0.0.1/32'],
  resolve: (hostname) => Promise.resolve(ZONE[hostname] ?? []),
  ca: TEST_CERTIFICATE,
});

/** `/to/<status>/<encoded location>` redirects there; everything else is an answer. */
async function redirector(seen: Seen[], secure = false): Promise<Endpoint> {
  return startEndpoint(
    (request, response) => {
      const { method = '', url = '', headers } = request;
      void bodyOf(request).then((body) => {
        seen.push({ method, url, headers, body });
        const [, status, location] = /^\/to\/(\d+)\/(.*)$/.exec(url) ?? [];
        if (status === undefined) response.end('final');
        else
          response.writeHead(Number(status), { location: decodeURIComponent(location ?? '') }).end('moved');
      });
    },
    { secure },
  );
}

const to = (status: number, location: string) => `/to/${status}/${encodeURIComponent(location)}`;

describe('redirects', () => {
  let seen: Seen[];
  let endpoint: Endpoint;
  let other: Endpoint;
  let secure: Endpoint;

  beforeEach(async () => {
    seen = [];
    [endpoint, other, secure] = await Promise.all([
      redirector(seen),
      redirector(seen),
      redirector(seen, true),
    ]);
  });

  afterEach(() => Promise.all([endpoint.close(), other.close(), secure.close()]));
  afterAll(() => client.close());

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', '{"a":1}'],
    [308, 'POST', '{"a":1}'],
  ])('%i of a POST is followed with %s and the body %p', async (status, method, body) => {
    const response = await client.request({
      method: 'POST',
      url: endpoint.origin + to(status, '/final?x=1'),
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer s' },
      body: '{"a":1}',
    });
    expect(response).toMatchObject({ status: 200, redirects: 1, url: `${endpoint.origin}/final?x=1` });
    expect(seen[1]).toMatchObject({
      method,
      url: '/final?x=1',
      body,
      headers: { authorization: 'Bearer s' },
    });
    expect(seen[1]?.headers['content-type']).toBe(body === '' ? undefined : 'application/json');
  });

  it('to the same origin reuse the connection', async () => {
    const url = endpoint.origin + to(302, to(302, to(302, '/final')));
    const response = await client.request({ method: 'GET', url });
    expect(response.redirects).toBe(3);
    expect(endpoint.connections()).toBe(1);
  });

  it('to another origin leave secrets behind', async () => {
    await client.request({
      method: 'POST',
      url: endpoint.origin + to(307, `${other.origin}/final`),
      headers: {
        Authorization: 'Bearer s',
        Cookie: 'sid=s',
        'X-Api-Key': 's',
        'X-Signature': 's',
        'Content-Type': 'text/plain',
        'Idempotency-Key': 'k',
      },
      body: 'b',
    });
    expect(seen).toHaveLength(2);
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer s', cookie: 'sid=s', 'x-api-key': 's' });
    expect(Object.keys(seen[1]?.headers ?? {}).sort()).toEqual([
      'accept-encoding',
      'connection',
      'content-length',
      'content-type',
      'host',
      'idempotency-key',
    ]);
    expect(seen[1]?.headers.host).toBe(`127.0.0.1:${other.port}`);
  });

  it('that come back to the first origin do not bring secrets back', async () => {
    const back = to(302, `${other.origin}${to(302, `${endpoint.origin}/final`)}`);
    await client.request({
      method: 'GET',
      url: endpoint.origin + back,
      headers: { Authorization: 'Bearer s' },
    });
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer s', undefined, undefined]);
  });

  it.each([
    ['a private address', 'http://10.0.0.1/', 'private'],
    ['another loopback address', 'http://127.0.0.2/', 'loopback'],
    ['a decimal address', 'http://167772161/', 'private'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/', 'metadata'],
    ['a metadata name', 'http://metadata.google.internal/', 'metadata'],
    ['IPv6 loopback', 'http://[::1]/', 'loopback'],
    ['a mapped address', 'http://[::ffff:10.0.0.1]/', 'private'],
    ['a name of a private address', 'http://private.test/', 'private'],
    ['a place without a scheme', '//10.0.0.1/', 'private'],
    ['a file', 'file:///etc/passwd', 'scheme'],
    ['gopher', 'gopher://127.0.0.1:6379/', 'scheme'],
    ['a place with user info', 'http://user:pw@allowed.test/', 'userinfo'],
  ])('to %s are refused', async (_case, location, rule) => {
    const request = client.request({ method: 'GET', url: endpoint.origin + to(302, location) });
    await expect(request).rejects.toMatchObject({ code: 'outbound_blocked', rule, retryable: false });
  });

  it('are judged at every step, not only at the first', async () => {
    const url = endpoint.origin + to(302, other.origin + to(307, 'http://10.0.0.1/'));
    await expect(client.request({ method: 'GET', url })).rejects.toMatchObject({ rule: 'private' });
    expect(seen).toHaveLength(2);
  });

  it('from https to http are refused, and from http to https followed', async () => {
    const down = client.request({ method: 'GET', url: secure.origin + to(302, `${endpoint.origin}/final`) });
    await expect(down).rejects.toMatchObject({ code: 'outbound_blocked', rule: 'https-downgrade' });
    expect(seen).toHaveLength(1);
    const up = await client.request({
      method: 'GET',
      url: endpoint.origin + to(302, `${secure.origin}/final`),
    });
    expect(up.url).toBe(`${secure.origin}/final`);
  });

  it('are counted: as many as allowed are followed, one more fails', async () => {
    const url = endpoint.origin + to(302, to(302, to(302, '/final')));
    expect((await client.request({ method: 'GET', url, maxRedirects: 3 })).status).toBe(200);
    await expect(client.request({ method: 'GET', url, maxRedirects: 2 })).rejects.toMatchObject({
      code: 'too_many_redirects',
      retryable: false,
    });
  });

  it('are the answer where none may be followed', async () => {
    const url = endpoint.origin + to(302, 'http://10.0.0.1/');
    const response = await client.request({ method: 'GET', url, maxRedirects: 0 });
    expect(response).toMatchObject({ status: 302, redirects: 0, headers: { location: 'http://10.0.0.1/' } });
    expect(response.body.toString()).toBe('moved');
  });

  it('to something that is no URL fail the response', async () => {
    const request = client.request({ method: 'GET', url: endpoint.origin + to(302, 'http://[') });
    await expect(request).rejects.toMatchObject({ code: 'response_invalid' });
  });

  it('with an endless body are followed, and their connection is closed', async () => {
    const endless = await startEndpoint((_request, response) => {
      response.writeHead(302, { location: `${endpoint.origin}/final` });
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(8192)));
      };
      response.on('drain', pour);
      pour();
    });
    const response = await client.request({ method: 'GET', url: endless.origin });
    expect(response.body.toString()).toBe('final');
    expect(response.truncated).toBe(false);
    await endless.closed(1);
    await endless.close();
  });

  it('share one time limit', async () => {
    const slow = await startEndpoint((_request, response) => {
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 40);
    });
    const request = client.request({ method: 'GET', url: slow.origin, timeoutMs: 300, maxRedirects: 1000 });
    await expect(request).rejects.toMatchObject({ code: 'timeout' });
    await slow.close();
  });
});
