import { createServer } from 'node:http';
import { once } from 'node:events';

/** The endpoint that the sample jobs call: answers, and fails one call in five, so that retries can be seen. */
export async function startSampleEndpoint() {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      calls++;
      const fails = request.url === '/inventory' && calls % 5 === 0;
      response.writeHead(fails ? 503 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(fails ? { error: 'busy, try again' } : { ok: true, path: request.url, call: calls }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
