import type { RunnableDefinition } from '../../domain/job/definition.js';
import type { AbortReason } from '../../executors/executor.js';
import type { ClaimedExecution } from '../../modules/executions/claimed-execution.js';

/** One claimed execution in this worker, from the claim until its result is recorded. */
export class Attempt {
  readonly abort = new AbortController();
  /** Undefined where the job is gone. */
  definition: RunnableDefinition | undefined;
  startedAt: Date | null = null;
  /** Milliseconds of the monotonic clock at the start. */
  startedTick = 0;
  markedRunning = false;
  /** The executor has answered; only the record is missing. */
  done = false;
  /** Milliseconds of the monotonic clock at the claim. */
  readonly claimedAt = performance.now();

  constructor(
    readonly claimId: string,
    readonly execution: ClaimedExecution,
  ) {}

  get id(): string {
    return this.execution.executionId;
  }

  /** Why it is being stopped; null while it is not. The first reason holds. */
  get stopReason(): AbortReason | null {
    return this.abort.signal.aborted ? (this.abort.signal.reason as AbortReason) : null;
  }

  stop(reason: AbortReason): void {
    if (!this.abort.signal.aborted) this.abort.abort(reason);
  }
}
