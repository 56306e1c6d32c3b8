import type { TLSSocket } from 'node:tls';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';
import { type Endpoint, startEndpoint, startRawEndpoint } from '../support/http-endpoint.js';
import { TEST_CERTIFICATE } from '../support/test-certificate.js';

const resolve = () => Promise.resolve(['127.0.0.1']);

describe('https', () => {
  let endpoint: Endpoint;
  let trusting: OutboundClient;

  beforeAll(async () => {
    endpoint = await startEndpoint(
      (request, response) => response.end((request.socket as TLSSocket).servername),
      {
        secure: true,
      },
    );
    trusting = new OutboundClient({ allow: ['127.0.0.1/32'], resolve, ca: TEST_CERTIFICATE });
  });

  afterAll(async () => {
    await trusting.close();
    await endpoint.close();
  });

  it.each([
    ['a name', 'secure.test', 'secure.test'],
    ['a name with its final dot', 'secure.test.', 'secure.test'],
    ['localhost', 'localhost', 'localhost'],
  ])('verifies %s and sends it as server name', async (_case, host, servername) => {
    const response = await trusting.request({ method: 'GET', url: `https://${host}:${endpoint.port}/` });
    expect(response.body.toString()).toBe(servername);
    expect(response.timings.connectMs).toBeGreaterThan(0);
  });

  it('verifies an address, without a server name', async () => {
    const response = await trusting.request({ method: 'GET', url: `https://127.0.0.1:${endpoint.port}/` });
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe('');
  });

  it('reuses the connection', async () => {
    const url = `https://secure.test:${endpoint.port}/`;
    await trusting.request({ method: 'GET', url });
    await new Promise(setImmediate);
    expect((await trusting.request({ method: 'GET', url })).timings.connectMs).toBe(0);
  });

  it('fails with tls_error for a certificate of another name', async () => {
    const request = trusting.request({
      method: 'GET',
      url: `https://other.test:${endpoint.port}/?key=secret`,
    });
    await expect(request).rejects.toMatchObject({
      code: 'tls_error',
      retryable: true,
      message: `No trusted TLS session with https://other.test:${endpoint.port}: ERR_TLS_CERT_ALTNAME_INVALID.`,
    });
  });

  it('fails with tls_error for a certificate that nobody trusts', async () => {
    const client = new OutboundClient({ allow: ['127.0.0.1/32'], resolve });
    const request = client.request({ method: 'GET', url: `https://secure.test:${endpoint.port}/` });
    await expect(request).rejects.toMatchObject({
      code: 'tls_error',
      message: expect.stringContaining('SELF_SIGNED_CERT'),
    });
    await client.close();
  });

  it.each([
    [
      'does not speak TLS',
      (socket: NodeJS.WritableStream) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
    ['hangs up at the greeting', (socket: NodeJS.WritableStream) => void socket.end()],
  ])('fails with tls_error where the peer %s', async (_case, answer) => {
    const raw = await startRawEndpoint((socket) => socket.once('data', () => answer(socket)));
    const request = trusting.request({ method: 'GET', url: `https://secure.test:${raw.port}/` });
    await expect(request).rejects.toMatchObject({ code: 'tls_error' });
    await raw.close();
  });
});
