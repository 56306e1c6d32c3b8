import type { IncomingHttpHeaders } from 'node:http';

export interface OutboundRequest {
  method: string;
  /** Absolute, http or https, without user info. */
  url: string;
  /** One value a name; names in any case. */
  headers?: Readonly<Record<string, string>>;
  /** Sent whole, so that it can be sent again after a redirect. */
  body?: string | Buffer | null;
  /** Ends the request at once and closes its socket. A reason `timeout` answers `timeout`, others `aborted`. */
  signal?: StopSignal;
  /** For the whole request with its redirects; absent: no limit but the signal's. */
  timeoutMs?: number;
  /** How many redirects are followed; 0 answers the redirect itself. Default 5. */
  maxRedirects?: number;
  /** Whether a redirect may lead to a host; absent: to every host that the guard allows. */
  allowsHost?: (hostname: string) => boolean;
  /** Bytes of the body that are kept; the connection is cut at the first byte beyond. Default 256 KiB. */
  maxResponseBytes?: number;
}

/** What a request needs of an AbortSignal: to make a whole one and to listen to it takes a tenth of a short call. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** The listener is called once, and never where `aborted` is true already. */
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface OutboundResponse {
  status: number;
  /** Names in lower case. */
  headers: IncomingHttpHeaders;
  /** As it came over the wire: nothing is decompressed. */
  body: Buffer;
  /** Whether the body was cut at `maxResponseBytes`. */
  truncated: boolean;
  /** Of the response, after redirects. May hold secrets in its path and query. */
  url: string;
  /** How many redirects were followed. */
  redirects: number;
  timings: Timings;
}

/** Measured milliseconds; with redirects the first three are sums over all requests. */
export interface Timings {
  /** Name look-up, TCP and TLS; 0 on a reused connection. */
  connectMs: number;
  /** From sending the request to the head of the response. */
  ttfbMs: number;
  /** From the head of the response to its end. */
  transferMs: number;
  totalMs: number;
}

export const DEFAULT_MAX_REDIRECTS = 5;
export const DEFAULT_MAX_RESPONSE_BYTES = 256 * 1024;
