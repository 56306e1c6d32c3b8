import type { ExecutionError, Json, Trace } from '../../domain/execution/outcome.js';
import type { ExecutionState, FailureKind, Trigger } from '../../domain/execution/state.js';

/** An execution as its readers see it. */
export interface ExecutionView {
  id: string;
  jobId: string;
  /** Null once the job is gone. */
  jobName: string | null;
  jobVersion: number;
  state: ExecutionState;
  failureKind: FailureKind | null;
  trigger: Trigger;
  /** The nominal instant of a scheduled run. */
  scheduledFor: Date | null;
  availableAt: Date;
  priority: number;
  /** The present or last attempt, from 1. */
  attempt: number;
  maxAttempts: number;
  payload: Json;
  retryParentId: string | null;
  createdBy: string | null;
  createdAt: Date;
  /** When its first attempt started. */
  startedAt: Date | null;
  finishedAt: Date | null;
  output: Json;
  error: ExecutionError | null;
  trace: Trace | null;
  cancelReason: string | null;
}

/** One try inside an execution. */
export interface AttemptView {
  attempt: number;
  startedAt: Date | null;
  /** Null while it runs. */
  finishedAt: Date | null;
  outcome: 'succeeded' | 'failed' | 'cancelled' | 'running';
  failureKind: FailureKind | null;
  error: ExecutionError | null;
  trace: Trace | null;
}
