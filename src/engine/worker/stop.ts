import type { AbortReason } from '../../executors/executor.js';
import type { StopSignal } from '../../platform/outbound/outbound-request.js';

/** Tells once that an attempt is to stop, and why. The first reason holds. */
export class Stop implements StopSignal {
  private listeners: (() => void)[] = [];
  /** Null while it is not to stop. */
  reason: AbortReason | null = null;

  get aborted(): boolean {
    return this.reason !== null;
  }

  tell(reason: AbortReason): void {
    if (this.reason !== null) return;
    this.reason = reason;
    for (const listener of this.listeners.splice(0)) listener();
  }

  /** Calls the listener once it is to stop, or at once where it is already. */
  whenTold(listener: () => void): void {
    if (this.aborted) listener();
    else this.listeners.push(listener);
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.reason === null) this.listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.listeners.indexOf(listener);
    if (at >= 0) this.listeners.splice(at, 1);
  }
}
