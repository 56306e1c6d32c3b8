import type { FieldFault } from '../../domain/errors.js';
import type { DescribedError } from '../shared/errors/described-error.js';
import {
  type ErrorPresenter,
  type FailedRequest,
  isUnder,
  type PresentedError,
} from '../shared/errors/error-presenter.js';
import type { ErrorCode, ErrorDto } from './error.dto.js';
import { JOBS_API_PATH } from './path.js';

/** How the domain's fields are called here. */
const FIELD_NAMES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^configuration\.url$/, 'endpoint_url'],
  [/^configuration\.fallbackUrl$/, 'fallback_endpoint_url'],
  [/^scheduleExpression$/, 'cron'],
  [/^projectId$/, 'project_id'],
  [/^groupId$/, 'group_id'],
  [/^environmentId$/, 'environment_id'],
  [/^timeoutSeconds$/, 'timeout_secs'],
  [/^maxConcurrency$/, 'max_concurrency'],
  [/^flow\.maxConcurrencyPerKey$/, 'max_concurrency_per_key'],
  [/^flow\.rateLimit\.max$/, 'rate_limit_max'],
  [/^flow\.rateLimit\.windowSeconds$/, 'rate_limit_window_secs'],
  [/^flow\.rateLimitKeys\.(\d+)\.windowSeconds$/, 'rate_limit_keys.$1.window_secs'],
  [/^flow\.rateLimitKeys/, 'rate_limit_keys'],
  [/^flow\.executionWindow$/, 'execution_window_cron'],
  [/^retry\.maxAttempts$/, 'max_attempts'],
  [/^retry\.strategy$/, 'retry_strategy'],
  [/^retry\.delaysSeconds/, 'retry_delays_secs'],
  // Pauses other than listed ones come with their strategy here.
  [/^retry\.(delay|maxDelay)Seconds$/, 'retry_strategy'],
  [/^webhook\.url/, 'webhook_url'],
  [/^webhook\.secret/, 'webhook_secret'],
  [/^rules\.payloadSchema/, 'payload_schema'],
  [/^rules\.metadata/, 'default_run_metadata'],
  [/^rules\.ttlSeconds$/, 'run_ttl_secs'],
  [/^rules\.dedupWindowSeconds$/, 'dedup_window_secs'],
];

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  401: 'authentication_required',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'validation_failed',
  429: 'rate_limited',
  500: 'internal_error',
  503: 'unavailable',
};

/** Refusals of the domain that are conflicts here: they would pass in another state. */
const CONFLICTS = ['scheduler_paused', 'execution_finished'];

/** Conflicts that called endpoints tell apart. */
const REPORT_CONFLICTS: readonly ErrorCode[] = ['stale_attempt', 'run_ended', 'run_not_executing'];

/** Errors of the Jobs API: `{"error": {code, message, details}, request_id}`. */
export class JobsApiPresenter implements ErrorPresenter {
  matches(path: string): boolean {
    return isUnder(JOBS_API_PATH, path);
  }

  present(error: DescribedError, request: FailedRequest): PresentedError {
    const status = statusOf(error);
    const details = error.faults.map((fault) => ({ ...fault, field: fieldName(fault.field) }));
    const body: ErrorDto = {
      error: {
        code: codeOf(error, status),
        message: details.length > 0 ? summary(details) : error.message,
        details,
      },
      request_id: request.id,
    };
    return { status, contentType: 'application/json', headers: error.headers, body };
  }
}

function codeOf({ code }: DescribedError, status: number): ErrorCode {
  const own = REPORT_CONFLICTS.find((known) => known === code);
  return own ?? CODES[status] ?? (status < 500 ? 'bad_request' : 'internal_error');
}

function statusOf({ kind, code, status, faults }: DescribedError): number {
  // What belongs to a project that the token does not reach does not exist for it.
  if (code === 'project_forbidden') return 404;
  if (CONFLICTS.includes(code)) return 409;
  return kind === 'invalid' && faults.length > 0 ? 422 : status;
}

function fieldName(field: string): string {
  // The fields of a batch stand under their index.
  const [, entry = '', own = field] = /^(\d+\.)?(.*)$/s.exec(field) ?? [];
  for (const [pattern, name] of FIELD_NAMES) if (pattern.test(own)) return entry + own.replace(pattern, name);
  return field;
}

function summary(faults: readonly FieldFault[]): string {
  return faults.map(({ field, message }) => `${field}: ${message}`).join('; ');
}
