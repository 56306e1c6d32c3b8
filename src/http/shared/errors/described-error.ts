import type { ErrorKind, FieldFault } from '../../../domain/errors.js';

/** Every way a request can fail, in terms that each dialect translates to its own shape. */
export type FailureKind =
  ErrorKind | 'unauthenticated' | 'method_not_allowed' | 'too_large' | 'unsupported_media_type' | 'internal';

/** An error as a caller may see it: no internals. */
export interface DescribedError {
  readonly kind: FailureKind;
  /** The status where the dialect has no rule of its own. */
  readonly status: number;
  /** Stable and documented. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** The fields at fault; empty where the fault is not one of fields. */
  readonly faults: readonly FieldFault[];
  /** Headers that belong to the answer, such as `WWW-Authenticate`, `Allow`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
}

const STATUS_BY_KIND: Readonly<Record<FailureKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition: 412,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
};

/** The usual HTTP status of a kind of failure. */
function statusOfKind(kind: FailureKind): number {
  return STATUS_BY_KIND[kind];
}

/** A description with the kind's usual status, no faults and no headers, unless `more` says otherwise. */
export function described(
  kind: FailureKind,
  code: string,
  message: string,
  more: Partial<Pick<DescribedError, 'status' | 'faults' | 'headers'>> = {},
): DescribedError {
  return { kind, code, message, status: statusOfKind(kind), faults: [], headers: {}, ...more };
}
