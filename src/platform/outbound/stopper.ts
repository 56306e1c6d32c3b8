import type { Exchange } from './exchange.js';
import { OutboundError } from './outbound-error.js';
import type { StopSignal } from './outbound-request.js';

/**
 * Stops a request and whatever exchange it is in, when its signal is aborted or its time is over.
 * One plain listener and timer a request: `AbortSignal.any` and `AbortSignal.timeout` cost several times more.
 */
export class Stopper {
  private reason: OutboundError | null = null;
  private exchange: Exchange | null = null;
  private readonly timer: NodeJS.Timeout | null;
  private readonly onAbort = () => {
    this.stop(abortError(this.signal?.reason));
  };

  /** @param timeoutMs at most 2^31 - 1; undefined: no limit */
  constructor(
    private readonly signal: StopSignal | undefined,
    timeoutMs: number | undefined,
  ) {
    this.timer =
      timeoutMs === undefined
        ? null
        : setTimeout(() => {
            this.stop(new OutboundError('timeout', `No complete response within ${timeoutMs} ms.`));
          }, timeoutMs);
    signal?.addEventListener('abort', this.onAbort);
    if (signal?.aborted) this.onAbort();
  }

  /** @throws OutboundError `timeout` or `aborted` where the request has been stopped */
  throwIfStopped(): void {
    if (this.reason !== null) throw this.reason;
  }

  /** The exchange to abort from now on. */
  watch(exchange: Exchange): void {
    this.exchange = exchange;
  }

  /** Frees the timer and the listener; must be called when the request has ended. */
  release(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.signal?.removeEventListener('abort', this.onAbort);
    this.exchange = null;
  }

  private stop(error: OutboundError): void {
    this.reason ??= error;
    this.exchange?.abort(this.reason);
  }
}

function abortError(reason: unknown): OutboundError {
  const isTimeout = reason === 'timeout' || (reason as { name?: unknown } | null)?.name === 'TimeoutError';
  return isTimeout
    ? new OutboundError('timeout', 'The time for the request is over.')
    : new OutboundError('aborted', 'The request was stopped.');
}
