import type { ExecutionError, Json, Trace } from '../../domain/execution/outcome.js';
import type { FailureKind } from '../../domain/execution/state.js';

/** How one attempt ended, as it is to be recorded. */
export interface AttemptResult {
  claimId: string;
  executionId: string;
  jobId: string;
  attempt: number;
  /** `delayed`: it failed and is tried again after `retryDelayMs`. */
  state: 'succeeded' | 'failed' | 'cancelled' | 'delayed' | 'expired';
  failureKind: FailureKind | null;
  /** Null: it has not been started. */
  startedAt: Date | null;
  finishedAt: Date;
  output: Json;
  error: ExecutionError | null;
  trace: Trace | null;
  retryDelayMs: number;
  /** The execution is known to need the careful way. */
  followed: boolean;
}
