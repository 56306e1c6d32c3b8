import type { Json } from '../../../domain/execution/outcome.js';
import type { AttemptView, ExecutionView } from '../../../modules/executions/execution.view.js';
import { executionStatusWord, triggerWord } from '../words.js';
import type { ExecutionAttemptDto, JobExecutionDto } from './execution.dto.js';
import { timeSpan } from './time-span.js';

/** An execution in the words of the Scheduler API. */
export function toExecutionDto(
  execution: ExecutionView,
  pendingReason: string | null = null,
): JobExecutionDto {
  return {
    id: execution.id,
    jobId: execution.jobId,
    jobName: execution.jobName,
    status: executionStatusWord(execution.state),
    ...times(execution),
    retryCount: execution.attempt - 1,
    retryParentId: execution.retryParentId,
    trigger: triggerWord(execution.trigger),
    scheduledFor: execution.scheduledFor?.toISOString() ?? null,
    output: asText(execution.output),
    errorMessage: errorMessage(execution),
    pendingReason,
    createdAt: execution.createdAt.toISOString(),
  };
}

/** An attempt in the words of the Scheduler API. */
export function toAttemptDto(attempt: AttemptView): ExecutionAttemptDto {
  return {
    attempt: attempt.attempt,
    status: executionStatusWord(attempt.outcome) as ExecutionAttemptDto['status'],
    ...times(attempt),
    failureKind: attempt.failureKind,
    errorCode: attempt.error?.code ?? null,
    errorMessage: attempt.error?.message ?? null,
    timings: attempt.trace,
  };
}

type Times = Pick<JobExecutionDto, 'startedAt' | 'completedAt' | 'duration' | 'durationMs'>;

function times({ startedAt, finishedAt }: { startedAt: Date | null; finishedAt: Date | null }): Times {
  const durationMs = startedAt && finishedAt ? Math.max(0, finishedAt.getTime() - startedAt.getTime()) : null;
  return {
    startedAt: startedAt?.toISOString() ?? null,
    completedAt: finishedAt?.toISOString() ?? null,
    duration: durationMs === null ? null : timeSpan(durationMs),
    durationMs,
  };
}

/** Why it did not succeed; a Cancelled one always says whether it was cancelled, expired or skipped. */
function errorMessage({ state, error, cancelReason }: ExecutionView): string | null {
  switch (state) {
    case 'failed':
      return error?.message ?? 'It failed.';
    case 'cancelled':
      return cancelReason ?? error?.message ?? 'It was cancelled.';
    case 'expired':
      return error?.message ?? cancelReason ?? 'It expired before it could start.';
    case 'skipped':
      return error?.message ?? cancelReason ?? 'It was skipped.';
    case 'delayed':
    case 'waiting':
    case 'queued':
    case 'running':
      return error?.message ?? null;
    case 'succeeded':
      return null;
  }
}

function asText(output: Json): string | null {
  if (output === null || typeof output === 'string') return output;
  return JSON.stringify(output);
}
