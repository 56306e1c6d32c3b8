import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { described, type DescribedError, type FailureKind } from './described-error.js';

interface Meaning {
  readonly kind: FailureKind;
  readonly code: string;
  /** Stands in for a message that speaks of the framework. */
  readonly message?: string;
}

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  400: { kind: 'invalid', code: 'bad_request' },
  401: { kind: 'unauthenticated', code: 'token_invalid' },
  403: { kind: 'forbidden', code: 'forbidden' },
  404: { kind: 'not_found', code: 'not_found' },
  405: { kind: 'method_not_allowed', code: 'method_not_allowed' },
  408: { kind: 'invalid', code: 'request_timeout' },
  409: { kind: 'conflict', code: 'conflict' },
  413: { kind: 'too_large', code: 'body_too_large', message: 'The body is larger than this endpoint takes.' },
  414: { kind: 'invalid', code: 'uri_too_long', message: 'A part of the path is too long.' },
  415: {
    kind: 'unsupported_media_type',
    code: 'unsupported_media_type',
    message: 'The body must be JSON: send the header "Content-Type: application/json".',
  },
  422: { kind: 'invalid', code: 'validation_failed' },
  429: { kind: 'rate_limited', code: 'rate_limited', message: 'Too many requests; try again later.' },
  503: { kind: 'unavailable', code: 'unavailable' },
};

/**
 * What the framework throws: Nest's exceptions, and Fastify's own, which Nest wraps in them.
 * @returns undefined for server faults that nobody foresaw
 */
export function describeHttpError(error: HttpException): DescribedError | undefined {
  const status = error.getStatus();
  const meaning =
    BY_STATUS[status] ?? (status < 500 ? { kind: 'invalid' as const, code: codeOf(status) } : undefined);
  if (!meaning) return undefined;
  return described(meaning.kind, meaning.code, meaning.message ?? messageOf(error), { status });
}

function messageOf(error: HttpException): string {
  const response = error.getResponse();
  if (typeof response === 'object' && 'message' in response) {
    return [response.message].flat().map(String).join('; ');
  }
  return error.message;
}

function codeOf(status: number): string {
  return (STATUS_CODES[status] ?? 'bad_request').toLowerCase().replace(/[^a-z]+/g, '_');
}

/** Whether the router refused the path itself, before it looked for a route. */
export function isMalformedPath(error: unknown): boolean {
  if (!(error instanceof HttpException)) return false;
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH';
}
