import type { ExecutionError, Json, Trace } from '../../domain/execution/outcome.js';
import type { ExecutionState, FailureKind, Trigger } from '../../domain/execution/state.js';

/** How far the work of an attempt is, as its endpoint told it. */
export interface RunProgress {
  percent: number | null;
  message: string | null;
  data: Json;
  attempt: number;
  /** ISO 8601. */
  at: string;
}

/** An execution with what its caller asked for. */
export interface RunView {
  id: string;
  jobId: string;
  projectId: string;
  jobVersion: number;
  state: ExecutionState;
  failureKind: FailureKind | null;
  trigger: Trigger;
  scheduledFor: Date | null;
  availableAt: Date;
  priority: number;
  attempt: number;
  payload: Json;
  options: Record<string, Json> | null;
  retryParentId: string | null;
  createdBy: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  output: Json;
  error: ExecutionError | null;
  trace: Trace | null;
  cancelReason: string | null;
  /** Of the version that it runs; null: that is gone. */
  type: string | null;
  metadata: Record<string, string> | null;
  ttlSeconds: number | null;
  workflowStepId: string | null;
  /** When its endpoint was last heard of; null: it has reported nothing. */
  heartbeatAt: Date | null;
  progress: RunProgress | null;
  /** Counts what has been told of the progress. */
  progressSeq: number;
}
