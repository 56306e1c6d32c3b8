export interface BatcherOptions<T> {
  /** Items in a batch at most. */
  size: number;
  /** Batches on their way at most: while one waits for its commit, the next is being prepared. */
  inFlight: number;
  /**
   * A batch follows another one after so many milliseconds at the earliest, unless it is `worthAtOnce`: a few items at
   * a time cost more than they gain. What comes after a lull goes at once. Default 0.
   * @param last the size of the batch before
   */
  everyMs?: (last: number) => number;
  /** So many items need not wait for `everyMs`. */
  worthAtOnce?: number;
  /** Handles a batch. Must not throw. */
  flush(batch: T[]): Promise<void>;
}

/**
 * Gathers items and hands them on in batches: what is added in one turn of the event loop goes together. A batch that is
 * full goes at once, so that it is on its way while the turn goes on.
 */
export class Batcher<T> {
  private waiting: T[] = [];
  private inFlight = 0;
  private scheduled = false;
  private timer: NodeJS.Timeout | null = null;
  private pausing = false;
  private flushedAt = -Infinity;
  private flushedCount = 0;
  private idle: (() => void)[] = [];

  constructor(private readonly options: BatcherOptions<T>) {}

  add(item: T): void {
    this.waiting.push(item);
    this.flushSoon();
  }

  /** Puts items back, ahead of all others, for another try after a pause of everything. */
  again(items: readonly T[], afterMs: number): void {
    this.waiting.unshift(...items);
    if (this.pausing || items.length === 0) return;
    this.pausing = true;
    setTimeout(() => {
      this.pausing = false;
      this.flushSoon();
    }, afterMs);
  }

  /** Resolves once nothing waits and nothing is on its way. */
  async drained(): Promise<void> {
    if (this.waiting.length === 0 && this.inFlight === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Gives up what is waiting; nobody waits for what is on its way either. */
  abandon(): void {
    this.waiting = [];
    this.idle.splice(0).forEach((resolve) => resolve());
  }

  private flushSoon(): void {
    if (this.pausing || this.waiting.length === 0 || this.isBusy) return;
    if (this.waiting.length >= this.options.size) {
      void this.flush();
      return;
    }
    if (this.scheduled) return;
    const { everyMs, worthAtOnce = 0 } = this.options;
    if (everyMs && this.waiting.length < worthAtOnce) {
      if (this.timer) return;
      const waitMs = this.flushedAt + everyMs(this.flushedCount) - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => {
          this.timer = null;
          this.flushNext();
        }, waitMs);
        return;
      }
    }
    this.flushNext();
  }

  private flushNext(): void {
    if (this.scheduled) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private get isBusy(): boolean {
    return this.inFlight >= this.options.inFlight;
  }

  private async flush(): Promise<void> {
    // Full batches may have gone since this one was called for; it is called for anew when one of them is back.
    if (this.isBusy) return;
    const batch = this.waiting.splice(0, this.options.size);
    if (batch.length > 0) {
      this.inFlight++;
      this.flushedAt = performance.now();
      this.flushedCount = batch.length;
      const handled = this.options.flush(batch);
      this.flushSoon();
      await handled;
      this.inFlight--;
      this.flushSoon();
    }
    if (this.waiting.length === 0 && this.inFlight === 0) this.idle.splice(0).forEach((resolve) => resolve());
  }
}
