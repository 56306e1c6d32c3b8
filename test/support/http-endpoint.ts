import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from './test-certificate.js';

/** A real server on a free port that tests call. */
export interface Endpoint {
  port: number;
  /** Such as `http://127.0.0.1:40123`. */
  origin: string;
  /** TCP connections so far. */
  connections(): number;
  /** Resolves when so many connections have been closed since the start, by whichever side. */
  closed(count: number): Promise<void>;
  /** Ends the server and every connection. */
  close(): Promise<void>;
}

/** An HTTP server, or an HTTPS one with the test certificate. */
export function startEndpoint(
  handler: RequestListener,
  { host = '127.0.0.1', secure = false }: { host?: string; secure?: boolean } = {},
): Promise<Endpoint> {
  const server = secure
    ? createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY }, handler)
    : createServer(handler);
  // Whether a connection is reused must not depend on how slow the machine is.
  server.keepAliveTimeout = 120_000;
  return listening(server, host, secure ? 'https' : 'http');
}

/** A TCP server, for answers that no HTTP server would give. */
export function startRawEndpoint(onSocket: (socket: Socket) => void): Promise<Endpoint> {
  return listening(createTcpServer(onSocket), '127.0.0.1', 'http');
}

/** The whole body of a request that reached an endpoint. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

async function listening(server: Server | TcpServer, host: string, scheme: string): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const closings = new EventEmitter();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      closings.emit('closed');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    connections: () => connections,
    closed: async (count) => {
      while (connections - sockets.size < count) await once(closings, 'closed');
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
