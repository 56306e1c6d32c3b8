/** At most so many beyond those that run. */
const LARGEST_BUFFER = 8_000;
const WINDOW_MS = 250;
/** After a lull the first look at the rate comes soon, the next ones later and later: a fresh worker shall not idle. */
const FIRST_WINDOW_MS = 15;

/**
 * How many executions a worker should have in hand: those that run, and about as many more as it finishes in
 * half a second. So a fast worker never waits for the queue, and a slow one hoards nothing.
 */
export class Prefetch {
  private finishedInWindow = 0;
  private windowStart = performance.now();
  private perSecond = 0;
  private windowMs = FIRST_WINDOW_MS;

  constructor(private readonly concurrency: number) {}

  /** Counts one finished execution. */
  finished(): void {
    this.finishedInWindow++;
  }

  /** Executions to have in hand. */
  target(): number {
    this.measure();
    return this.concurrency + Math.min(Math.floor(this.perSecond / 2), LARGEST_BUFFER);
  }

  /** Whether so few are buffered that it is time to claim again: not for each single place. */
  worthClaiming(buffered: number): boolean {
    return buffered <= (this.target() - this.concurrency) / 2;
  }

  private measure(): void {
    const elapsed = performance.now() - this.windowStart;
    if (elapsed < this.windowMs) return;
    // What finished before the worker had anything says nothing, nor does its pace before a lull.
    this.windowMs = this.finishedInWindow > 0 ? Math.min(this.windowMs * 2, WINDOW_MS) : FIRST_WINDOW_MS;
    const rate = (this.finishedInWindow / elapsed) * 1000;
    // Up at once, down slowly: a short lull must not starve the next burst.
    this.perSecond = Math.max(rate, this.perSecond * 0.7);
    this.finishedInWindow = 0;
    this.windowStart = performance.now();
  }
}
