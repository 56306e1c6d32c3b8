import type { IncomingHttpHeaders } from 'node:http';
import type { Json, Trace } from '../../domain/execution/outcome.js';
import type { OutboundResponse, Timings } from '../../platform/outbound/outbound-request.js';
import { captureBody } from './response-body.js';

/** Response headers that are kept: those that help to read the answer and hold no session or key. */
const KEPT_HEADERS = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'cache-control',
  'date',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'x-request-id',
  'x-correlation-id',
] as const;

/** What an execution keeps of a response. */
export function callOutput(response: OutboundResponse): Json {
  const contentType = response.headers['content-type'] ?? null;
  const encoding = response.headers['content-encoding'] ?? 'identity';
  return {
    status: response.status,
    headers: keptHeaders(response.headers),
    contentType,
    ...captureBody(response.body, contentType, response.truncated, encoding !== 'identity'),
    truncated: response.truncated,
  };
}

function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return kept;
}

/** Timings to the microsecond. */
export function callTrace({ connectMs, ttfbMs, transferMs, totalMs }: Timings): Trace {
  return {
    connectMs: rounded(connectMs),
    ttfbMs: rounded(ttfbMs),
    transferMs: rounded(transferMs),
    totalMs: rounded(totalMs),
  };
}

/** Milliseconds to the microsecond. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
