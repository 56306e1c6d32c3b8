import { flowMarksOf } from '../../domain/execution/flow-marks.js';
import type { Outcome, Trace } from '../../domain/execution/outcome.js';
import { expiryOf, instantOfId, runOptionsOf } from '../../domain/execution/run-options.js';
import { retryDelayMs, shouldRetry, type RetryPolicy } from '../../domain/execution/retry.js';
import { CRASH_ATTEMPTS } from '../../modules/executions/rescuer.js';
import type { AttemptResult } from '../../modules/executions/attempt-result.js';
import type { Attempt } from './attempt.js';

/** What an attempt's outcome is recorded as: final, or a retry after a delay. */
export function resultOf(
  attempt: Attempt,
  outcome: Outcome,
  retry: RetryPolicy,
  finishedAt: Date,
  random: number,
): AttemptResult {
  if (attempt.stopReason === 'shutdown' && outcome.kind !== 'succeeded')
    return handedBack(attempt, finishedAt);
  const { attempt: number, maxAttempts } = attempt.execution;
  const result = frame(attempt, finishedAt);
  result.output = outcome.output ?? null;
  if (outcome.trace) result.trace = { ...outcome.trace, ...waitsOf(attempt) };
  switch (outcome.kind) {
    case 'succeeded':
      return result;
    case 'cancelled':
      return { ...result, state: 'cancelled', error: { code: 'cancelled', message: outcome.reason } };
    case 'failed': {
      const failure = { ...result, error: outcome.error, failureKind: outcome.failureKind };
      if (!shouldRetry(outcome, number, maxAttempts)) return { ...failure, state: 'failed' };
      return {
        ...failure,
        state: 'delayed',
        retryDelayMs: retryDelayMs(retry, number, random, outcome.retryAfterMs),
      };
    }
  }
}

/** How long it waited in the queue, and then in this worker, to the microsecond. */
function waitsOf({ execution, startedAt, startedTick, claimedAt }: Attempt): Trace {
  if (startedAt === null) return {};
  const dequeueMs = startedTick - claimedAt;
  const queueWaitMs = startedAt.getTime() - execution.availableAt.getTime() - dequeueMs;
  const rounded = (ms: number) => Math.max(Math.round(ms * 1000) / 1000, 0);
  return { queueWaitMs: rounded(queueWaitMs), dequeueMs: rounded(dequeueMs) };
}

/** From when on an execution may not be started any more; null: it may. One that was tried before has started. */
export function expiryOfAttempt({ execution, definition }: Attempt): Date | null {
  if (definition?.ttlSeconds === undefined || execution.attempt > 1) return null;
  const createdAt = instantOfId(execution.executionId) ?? execution.availableAt;
  return expiryOf(createdAt, runOptionsOf(execution.options).startAt, definition.ttlSeconds);
}

/** Whether the execution window has closed since the execution was admitted. */
export function isPastWindow({ execution, stopReason }: Attempt, nowMs: number): boolean {
  const { startBefore } = flowMarksOf(execution.options);
  return startBefore !== undefined && stopReason === null && Date.parse(startBefore) <= nowMs;
}

/** Its time to start had passed when it was to be started. */
export function expiredResult(attempt: Attempt, expiredAt: Date, now: Date): AttemptResult {
  return {
    ...frame(attempt, now),
    state: 'expired',
    startedAt: null,
    error: { code: 'expired', message: `It had to start before ${expiredAt.toISOString()}.` },
  };
}

/** Its worker shut down under it: no fault of the job, so it is tried again as after a crash. */
function handedBack(attempt: Attempt, finishedAt: Date): AttemptResult {
  const { attempt: number, maxAttempts } = attempt.execution;
  const exhausted = number >= Math.max(maxAttempts, CRASH_ATTEMPTS);
  return {
    ...frame(attempt, finishedAt),
    state: exhausted ? 'failed' : 'delayed',
    failureKind: 'crash',
    error: { code: 'worker_shutdown', message: 'The worker shut down before the attempt was done.' },
  };
}

/** A success without output. */
function frame(attempt: Attempt, finishedAt: Date): AttemptResult {
  const { executionId, jobId, followed } = attempt.execution;
  return {
    claimId: attempt.claimId,
    executionId,
    jobId,
    attempt: attempt.execution.attempt,
    state: 'succeeded',
    failureKind: null,
    startedAt: attempt.startedAt ?? finishedAt,
    finishedAt,
    output: null,
    error: null,
    trace: null,
    retryDelayMs: 0,
    followed,
  };
}
