/** Served in this order: higher first. */
const PRIORITIES = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0] as const;

/** A row may commit this much later than the instant it carries; the mark stays so far behind. */
const LAG_MS = 500;
/** A scan from the beginning, for rows that committed later still. */
const FULL_SCAN_EVERY_MS = 2_000;
/** Under an old snapshot such a scan grows slow: it may take this share of the time, and no more. */
const FULL_SCAN_SHARE = 0.02;
/**
 * However long it took: what only such a scan finds waits for it, and a slow one may have waited for a connection or for
 * a database that was busy with something else.
 */
const FULL_SCAN_AT_LEAST_EVERY_MS = 15_000;

const BEGINNING = new Date(0);

/**
 * How far a worker has claimed, by priority. The queue's index keeps entries of claimed rows for as long as
 * any snapshot in the database is open; a scan that starts at the mark does not walk through them again.
 */
export class LowWaterMarks {
  readonly priorities: readonly number[] = PRIORITIES;
  private readonly marks = new Map<number, number>(PRIORITIES.map((priority) => [priority, 0]));
  private fullScanAt = 0;
  private scannedAt = 0;
  private isFullScan = false;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** The marks for the next claim, in the order of `priorities`. */
  next(): Date[] {
    this.scannedAt = this.nowMs();
    this.isFullScan = this.scannedAt >= this.fullScanAt;
    if (this.isFullScan) {
      this.fullScanAt = this.scannedAt + FULL_SCAN_EVERY_MS;
      return PRIORITIES.map(() => BEGINNING);
    }
    return PRIORITIES.map((priority) => new Date(this.marks.get(priority) ?? 0));
  }

  /**
   * Moves the marks to the newest of each priority that was just claimed: all before it was claimed too. That is
   * backwards when the full scan finds older ones, as after the database's clock was set back.
   * @param claimed the oldest first within a priority; `availableAt` in seconds since 1970
   */
  passed(claimed: readonly { priority: number; availableAt: number }[]): void {
    const tookMs = this.nowMs() - this.scannedAt;
    if (this.isFullScan) this.fullScanAt = this.scannedAt + pauseAfter(tookMs);
    let next: (typeof claimed)[number] | undefined;
    for (const row of claimed) {
      if (next && row.priority !== next.priority) this.move(next);
      next = row;
    }
    if (next) this.move(next);
  }

  private move({ priority, availableAt }: { priority: number; availableAt: number }): void {
    this.marks.set(priority, availableAt * 1000 - LAG_MS);
  }

  /** How long ago the last scan began: what became due since then it cannot have found. */
  secondsSinceScan(): number {
    return Math.max(this.nowMs() - this.scannedAt, 0) / 1000;
  }
}

function pauseAfter(tookMs: number): number {
  return Math.min(Math.max(FULL_SCAN_EVERY_MS, tookMs / FULL_SCAN_SHARE), FULL_SCAN_AT_LEAST_EVERY_MS);
}
