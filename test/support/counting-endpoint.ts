import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that the endpoint got. */
export interface Received {
  path: string;
  executionId: string;
  attempt: number;
  headers: IncomingHttpHeaders;
  at: number;
  /** The caller closed the connection before it had the answer. */
  abandoned: boolean;
}

/** A real HTTP endpoint that remembers every call. `/slow` answers only when told to, everything else at once. */
export interface CountingEndpoint {
  readonly url: string;
  readonly received: Received[];
  /** Answers all calls of `/slow` that wait. */
  release(): void;
  close(): Promise<void>;
}

export async function startCountingEndpoint(): Promise<CountingEndpoint> {
  const received: Received[] = [];
  const waiting = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const call: Received = {
      path: request.url ?? '',
      executionId: String(request.headers['x-carillon-execution-id']),
      attempt: Number(request.headers['x-carillon-attempt']),
      headers: request.headers,
      at: Date.now(),
      abandoned: false,
    };
    received.push(call);
    request.resume();
    response.on('close', () => {
      call.abandoned = !response.writableFinished;
      waiting.delete(response);
    });
    if (call.path.startsWith('/slow')) waiting.add(response);
    else answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    release: () => waiting.forEach(answer),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{"ok":true}');
}
