import type { Claim } from './claimed-execution.js';

/**
 * The worker of this process, when there is one. New executions may be handed to it directly, which saves
 * the way through the queue.
 */
export interface LocalWorker {
  /** Its identity as a lease owner. */
  readonly owner: string;
  readonly leaseSeconds: number;
  /** Reserves room for up to `wanted` executions, if it is idle enough that none in the queue is overtaken. */
  reserve(wanted: number): number;
  /** Gives back room that was reserved and is not needed. */
  unreserve(reserved: number): void;
  /** Starts executions that were claimed in its name; `reserved` is what was reserved for them. */
  accept(claim: Claim, reserved: number): void;
  /** Something is ready: look soon. */
  wake(): void;
}
