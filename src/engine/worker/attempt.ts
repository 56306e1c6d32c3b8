import type { RunnableDefinition } from '../../domain/job/definition.js';
import type { AbortReason } from '../../executors/executor.js';
import type { ClaimedExecution } from '../../modules/executions/claimed-execution.js';

/** One claimed execution in this worker, from the claim until its result is recorded. */
export class Attempt {
  private controller: AbortController | null = null;
  private reason: AbortReason | null = null;
  private onStop: (() => void) | null = null;
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

  /** Made when first asked for: most attempts end without ever being stopped, and a signal is costly. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason !== null) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  /** Why it is being stopped; null while it is not. The first reason holds. */
  get stopReason(): AbortReason | null {
    return this.reason;
  }

  stop(reason: AbortReason): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.controller?.abort(reason);
    this.onStop?.();
  }

  /** Calls `callback` when it is stopped, or at once if it is already; takes the place of an earlier callback. */
  whenStopped(callback: (() => void) | null): void {
    this.onStop = callback;
    if (this.reason !== null) callback?.();
  }
}
