import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** One call that the endpoint got. */
export interface Call {
  runId: string;
  payload: Record<string, string>;
  /** Milliseconds of this process's monotonic clock. */
  at: number;
}

/** A real HTTP endpoint that sees how many calls are open at once, by whatever their payloads say. */
export interface WatchingEndpoint {
  readonly url: string;
  readonly calls: Call[];
  /** The most that were open at once, by `name=value` of their payloads. */
  readonly most: Map<string, number>;
  close(): Promise<void>;
}

/** @param durationMs how long a call takes; the caller may close it before */
export async function startWatchingEndpoint(durationMs: () => number): Promise<WatchingEndpoint> {
  const calls: Call[] = [];
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const count = (names: readonly string[], more: number) => {
    for (const name of names) {
      const now = (open.get(name) ?? 0) + more;
      open.set(name, now);
      most.set(name, Math.max(most.get(name) ?? 0, now));
    }
  };
  const server = createServer((request, response) => {
    const at = performance.now();
    let isOpen = true;
    let names: string[] = [];
    response.on('close', () => {
      isOpen = false;
      count(names, -1);
    });
    bodyOf(request).then(
      (payload) => {
        if (!isOpen) return;
        calls.push({ runId: String(request.headers['x-run-id']), payload, at });
        names = Object.entries(payload).map(([name, value]) => `${name}=${value}`);
        count(names, 1);
        setTimeout(
          () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
          durationMs(),
        );
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    most,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  return ((await json(request)) as { payload: Record<string, string> }).payload;
}
