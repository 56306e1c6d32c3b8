import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Ids that callers and proxies send: printable, no quotes or spaces, short enough for every log line. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._:/+=~@-]{0,127}$/;

export const REQUEST_ID_HEADER = 'x-request-id';

/** The caller's `X-Request-Id` where it is usable, else a new UUID. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}
