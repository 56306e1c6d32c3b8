import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';

/** How long a client waits before it comes back. */
const RETRY_MS = 2_000;

/** A signal that is aborted when the client has gone. */
export function clientLeft(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return left.signal;
}

/** Answers with a stream of server-sent events. @param texts each whole events or comments */
export async function sendEvents(reply: FastifyReply, texts: AsyncIterable<string>): Promise<void> {
  await reply
    .header('Content-Type', 'text/event-stream; charset=utf-8')
    .header('Cache-Control', 'no-store')
    // The connection carries nothing after the stream; kept alive, it would hold up a shutdown.
    .header('Connection', 'close')
    // Asks proxies to pass events on at once.
    .header('X-Accel-Buffering', 'no')
    .send(Readable.from(withHead(texts), { objectMode: false }));
}

async function* withHead(texts: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  yield `retry: ${RETRY_MS}\n\n`;
  yield* texts;
}
