import type { Failed, Outcome } from '../../domain/execution/outcome.js';
import type { OutboundError } from '../../platform/outbound/outbound-error.js';
import type { OutboundResponse } from '../../platform/outbound/outbound-request.js';
import { callOutput, callTrace } from './call-output.js';
import { isExpected } from './expected-statuses.js';
import type { HttpCallConfiguration } from './http-call.configuration.js';
import { retryAfterMs } from './retry-after.js';

/** 4xx statuses that may pass by themselves: timeout, conflict, too early, too many requests. */
const PASSING_CLIENT_ERRORS: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/**
 * How an attempt ended that got an answer.
 * @param now milliseconds since the epoch; a date in Retry-After is counted from it
 */
export function answeredOutcome(
  { expectedStatuses }: HttpCallConfiguration,
  response: OutboundResponse,
  now: number,
): Outcome {
  const output = callOutput(response);
  const trace = callTrace(response.timings);
  const { status } = response;
  if (isExpected(status, expectedStatuses)) return { kind: 'succeeded', output, trace };
  const failed: Failed = {
    kind: 'failed',
    failureKind: 'error',
    error: { code: 'unexpected_status', message: `The endpoint answered ${status}.`, details: { status } },
    retryable: status < 400 || status >= 500 || PASSING_CLIENT_ERRORS.has(status),
    output,
    trace,
  };
  const wanted = retryAfterMs(response.headers['retry-after'], now);
  return wanted === undefined ? failed : { ...failed, retryAfterMs: wanted };
}

/**
 * How an attempt ended that got no answer.
 * @param abortReason the reason of the execution's signal; undefined where it was not aborted
 */
export function unansweredOutcome(error: OutboundError, abortReason: unknown): Outcome {
  const isAborted = error.code === 'aborted';
  if (isAborted && abortReason !== undefined) {
    return { kind: 'cancelled', reason: typeof abortReason === 'string' ? abortReason : 'cancelled' };
  }
  return {
    kind: 'failed',
    failureKind: failureKind(error),
    error: {
      code: error.code,
      message: error.message,
      ...(error.rule === null ? {} : { details: { rule: error.rule } }),
    },
    retryable: error.retryable || isAborted,
  };
}

/** Without a signal, only the shutdown of the client aborts a call: nothing that the endpoint did. */
function failureKind({ code }: OutboundError): Failed['failureKind'] {
  if (code === 'aborted') return 'system';
  return code === 'timeout' ? 'timeout' : 'error';
}
