import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { eventually } from './eventually.js';
import type { TestService } from './service.js';

export interface ReceivedEvent {
  type: string;
  id: string;
  data: Record<string, unknown>;
}

/** A client of server-sent events that keeps what comes, as a browser would. */
export interface EventClient {
  events: ReceivedEvent[];
  lastId(): string;
  /** Resolves when the service ends the stream. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** Listens to a stream; resolves once it has an id to go on after. */
export async function listenTo(
  service: TestService,
  path: string,
  { lastId, token = service.token('viewer') }: { lastId?: string; token?: string } = {},
): Promise<EventClient> {
  const abort = new AbortController();
  const response = await fetch(service.url + path, {
    signal: abort.signal,
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events: ReceivedEvent[] = [];
  let last = '';
  const ended = (async () => {
    let rest = '';
    for await (const chunk of response.body ?? []) {
      rest += Buffer.from(chunk as Uint8Array).toString();
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        last = field('id') ?? last;
        const data = field('data');
        if (data !== undefined)
          events.push({
            type: field('event') ?? '',
            id: last,
            data: JSON.parse(data) as Record<string, unknown>,
          });
      }
    }
  })().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  await eventually(
    () => last,
    (id) => id !== '',
  );
  return {
    events,
    lastId: () => last,
    ended,
    close: async () => {
      abort.abort();
      await ended;
    },
  };
}

/**
 * Of an answer that never ends only its head is looked at. By a connection of its own: the pool of `fetch` opens another
 * one in the place of one that is given up, and a connection without a request holds up the end of a service.
 */
export async function headOfStream(service: TestService, path: string, token = service.token()) {
  const request = get(service.url + path, { agent: false, headers: { authorization: `Bearer ${token}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const isStream = response.headers['content-type']?.includes('event-stream') ?? false;
  const body: unknown = isStream ? '' : await json(response);
  request.destroy();
  const headers = new Headers({ 'content-type': response.headers['content-type'] ?? '' });
  return { status: response.statusCode ?? 0, headers, body };
}
