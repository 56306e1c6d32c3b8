import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorKind } from '../../../domain/errors.js';
import { AuthenticationError } from '../../../modules/auth/authentication-error.js';
import { describeDatabaseError } from './database-errors.js';
import { described, type DescribedError } from './described-error.js';
import { describeHttpError } from './http-errors.js';
import { RefusedRequest } from './refused-request.js';

/** Seconds after which a caller may try again: when something that we need is away, or a rate has been exceeded. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorKind, string>> = { unavailable: '5', rate_limited: '10' };

const INTERNAL = 'Something went wrong inside Carillon. The log names it under this request id.';

/** Any thrown value as a caller may see it. What nobody foresaw is `internal_error`, without details. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof DomainError) return describeDomainError(error);
  if (error instanceof RefusedRequest) return error.description;
  if (error instanceof AuthenticationError) {
    return described('unauthenticated', error.code, error.message, {
      headers: { 'www-authenticate': error.challenge },
    });
  }
  const failure = error instanceof HttpException ? describeHttpError(error) : describeDatabaseError(error);
  return failure ?? described('internal', 'internal_error', INTERNAL);
}

function describeDomainError({ kind, code, message, faults }: DomainError): DescribedError {
  const retryAfter = RETRY_AFTER_SECONDS[kind];
  if (retryAfter === undefined) return described(kind, code, message, { faults });
  return described(kind, code, message, { faults, headers: { 'retry-after': retryAfter } });
}
