import type { AbortReason, ExecutionContext } from '../executor.js';

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The one signal that ends an attempt: the worker's, or the deadline where the worker is late to tell. */
export class AttemptStop {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onAbort: () => void;

  constructor(private readonly context: Pick<ExecutionContext, 'signal' | 'deadline'>) {
    const { signal, deadline } = context;
    this.onAbort = () => this.controller.abort(signal.reason);
    if (signal.aborted) this.onAbort();
    else signal.addEventListener('abort', this.onAbort, { once: true });
    const left = Math.max(0, deadline.getTime() - Date.now());
    this.timer = setTimeout(() => this.controller.abort('timeout'), Math.min(left, MAX_TIMER_MS));
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Why it was stopped; meaningful only after it was. */
  get reason(): AbortReason {
    const reason: unknown = this.controller.signal.reason;
    return reason === 'timeout' || reason === 'lease-lost' || reason === 'shutdown' ? reason : 'cancelled';
  }

  /** Ends the waiting; the signal will not change any more. */
  release(): void {
    clearTimeout(this.timer);
    this.context.signal.removeEventListener('abort', this.onAbort);
  }
}
