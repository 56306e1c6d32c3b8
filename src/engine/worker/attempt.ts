import type { RunnableDefinition } from '../../domain/job/definition.js';
import type { AbortReason } from '../../executors/executor.js';
import type { ClaimedExecution, HeldExecution } from '../../modules/executions/claimed-execution.js';
import { Stop } from './stop.js';

/** One claimed execution in this worker, from the claim until its result is recorded. */
export class Attempt {
  private controller: AbortController | null = null;
  /** Aborted when it is to be stopped. */
  readonly stopSignal = new Stop();
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

  /** What it is given back by. */
  get held(): HeldExecution {
    return { claimId: this.claimId, executionId: this.id };
  }

  /** As `stopSignal`, made when first asked for: most attempts end without ever being stopped, and this one is costly. */
  get signal(): AbortSignal {
    if (!this.controller) {
      const controller = new AbortController();
      this.stopSignal.whenTold(() => controller.abort(this.stopSignal.reason));
      this.controller = controller;
    }
    return this.controller.signal;
  }

  /** Why it is being stopped; null while it is not. The first reason holds. */
  get stopReason(): AbortReason | null {
    return this.stopSignal.reason;
  }

  stop(reason: AbortReason): void {
    this.stopSignal.tell(reason);
  }
}
