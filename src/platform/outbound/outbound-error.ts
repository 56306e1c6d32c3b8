/**
 * - `invalid_url`, `invalid_request`: cannot be sent as written (no such URL, a header with a line break).
 * - `outbound_blocked`: refused by a rule of the guard; nothing was sent to the refused address.
 * - `connect_failed`: no TCP connection (name not found, refused, too slow).
 * - `tls_error`: connected, but no trusted TLS session.
 * - `connection_lost`: the connection broke after the request was sent and before the response was whole.
 * - `response_invalid`: the answer is not HTTP, or contradicts itself.
 * - `too_many_redirects`: the limit was reached before a final answer.
 * - `timeout`, `aborted`: stopped by the caller's time limit or signal.
 */
export type OutboundErrorCode =
  | 'invalid_url'
  | 'invalid_request'
  | 'outbound_blocked'
  | 'connect_failed'
  | 'tls_error'
  | 'connection_lost'
  | 'response_invalid'
  | 'too_many_redirects'
  | 'timeout'
  | 'aborted';

/** The rule of the guard that refused a request. */
export type BlockRule =
  | 'scheme'
  | 'userinfo'
  | 'https-downgrade'
  | 'secret-host'
  | 'metadata'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'unique-local'
  | 'carrier-grade-nat'
  | 'unspecified'
  | 'multicast'
  | 'broadcast'
  | 'ipv4-compatible'
  | 'ipv4-translated'
  | 'nat64'
  | '6to4'
  | 'teredo'
  | 'isatap'
  | 'reserved';

const RETRYABLE: ReadonlySet<OutboundErrorCode> = new Set([
  'connect_failed',
  'tls_error',
  'connection_lost',
  'response_invalid',
  'timeout',
]);

/**
 * Every way in which an outbound request can fail. The message names at most the origin of the URL: paths,
 * query strings, user info and header values may hold secrets.
 */
export class OutboundError extends Error {
  constructor(
    readonly code: OutboundErrorCode,
    message: string,
    /** Set where `code` is `outbound_blocked`. */
    readonly rule: BlockRule | null = null,
  ) {
    super(message);
    this.name = 'OutboundError';
  }

  /** False where the same request can only fail in the same way. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

/** @param target what was refused, such as `the host db.internal` */
export function blocked(rule: BlockRule, target: string, remedy = ''): OutboundError {
  return new OutboundError('outbound_blocked', `Refused ${target} (rule: ${rule}).${remedy}`, rule);
}
