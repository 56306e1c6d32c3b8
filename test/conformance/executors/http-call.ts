import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutorFixture } from './fixture.js';

/** An endpoint that answers at once, never, with too much, or with what it was told. */
export async function httpCall(): Promise<ExecutorFixture> {
  const server = createServer((request, response) => {
    if (request.url === '/endless') return;
    if (request.url === '/oversized') response.end('x'.repeat(4 * 1024 * 1024));
    else request.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    type: 'http-call',
    jobType: 'HttpCall',
    quick: { url },
    endless: { url: `${url}/endless` },
    oversized: { configuration: { url: `${url}/oversized` }, ends: 'Succeeded' },
    bad: [
      { configuration: { url: 'ftp://a.b/' }, field: 'url' },
      { configuration: { url, methd: 'GET' }, field: 'methd' },
    ],
    echo: (text) => ({ url, body: { text } }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
