import type { Json } from '../../../domain/execution/outcome.js';
import { expiryOf, runOptionsOf } from '../../../domain/execution/run-options.js';
import { versionIdOf } from '../../../modules/jobs/job-versions.js';
import type { RunProgress, RunView } from '../../../modules/runs/run.view.js';
import type { ExecutionTraceDto, ProgressDto, RunDto } from './run.dto.js';
import { runStatus } from './run-status.js';

/** A run in the words of the Jobs API. */
export function toRunDto(run: RunView): RunDto {
  const options = runOptionsOf(run.options);
  const expiresAt = expiryOf(run.createdAt, options.startAt, run.ttlSeconds ?? undefined);
  return {
    id: run.id,
    job_id: run.jobId,
    project_id: run.projectId,
    status: runStatus(run.state, run.failureKind),
    attempt: run.attempt,
    payload: run.payload,
    result: resultOf(run),
    metadata: { ...run.metadata, ...options.metadata },
    tags: options.tags ?? {},
    error: errorOf(run),
    triggered_by: run.trigger,
    scheduled_at: options.startAt ?? iso(run.scheduledFor),
    started_at: iso(run.startedAt),
    finished_at: iso(run.finishedAt),
    heartbeat_at: iso(run.heartbeatAt),
    progress: run.progress && progressDto(run.progress),
    next_retry_at: run.state === 'delayed' && run.attempt > 1 ? iso(run.availableAt) : null,
    expires_at: iso(expiresAt),
    replay_of: run.retryParentId,
    parent_run_id: options.parentRunId ?? null,
    continuation_of: options.continuationOf ?? null,
    lineage_depth: options.lineageDepth ?? 0,
    debug_mode: options.debug ?? false,
    workflow_step_run_id: run.workflowStepId,
    priority: run.priority,
    idempotency_key: options.idempotencyKey ?? null,
    concurrency_key: options.concurrencyKey ?? null,
    job_version: run.jobVersion,
    job_version_id: versionIdOf(run.jobId, run.jobVersion),
    max_attempts_override: options.maxAttempts ?? null,
    timeout_secs_override: options.timeoutSeconds ?? null,
    retry_backoff: options.retryStrategy ?? null,
    retry_initial_delay_secs: options.retryDelaySeconds ?? null,
    retry_max_delay_secs: options.retryMaxDelaySeconds ?? null,
    execution_trace: traceOf(run),
    created_by: run.createdBy,
    batch_id: options.batchId ?? null,
    created_at: run.createdAt.toISOString(),
  };
}

/** Of a call the body that was answered, else whatever the work gave. */
function resultOf({ type, output }: RunView): Json {
  if (type !== 'http-call' || typeof output !== 'object' || output === null || Array.isArray(output))
    return output;
  return output.body ?? null;
}

function errorOf({ state, error, cancelReason }: RunView): string | null {
  if (state === 'succeeded') return null;
  return (state === 'cancelled' ? cancelReason : null) ?? error?.message ?? cancelReason;
}

function traceOf({ startedAt, availableAt, attempt, trace }: RunView): ExecutionTraceDto | null {
  if (startedAt === null) return null;
  const { connectMs = null, ttfbMs = null, transferMs = null, totalMs = null, mainMs } = trace ?? {};
  const { queueWaitMs = null, dequeueMs = null } = trace ?? {};
  const isWhole = connectMs !== null && ttfbMs !== null && transferMs !== null;
  // While it runs, or where nothing more was measured.
  const waited = attempt > 1 ? null : Math.max(startedAt.getTime() - availableAt.getTime(), 0);
  return {
    queue_wait_ms: queueWaitMs ?? waited,
    dequeue_ms: dequeueMs,
    connect_ms: connectMs,
    ttfb_ms: ttfbMs,
    transfer_ms: transferMs,
    dispatch_ms: isWhole ? connectMs + ttfbMs + transferMs : null,
    total_ms: totalMs,
    endpoint: mainMs !== undefined ? 'fallback' : totalMs !== null ? 'main' : null,
  };
}

/** How far a run is, in the words of the Jobs API. */
export function progressDto({ percent, message, data, attempt, at }: RunProgress): ProgressDto {
  return { percent, message, data, attempt, at: new Date(at).toISOString() };
}

function iso(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
