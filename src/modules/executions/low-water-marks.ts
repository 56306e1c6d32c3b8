/** Served in this order: higher first. */
const PRIORITIES = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0] as const;

/** A row may commit this much later than the instant it carries; the mark stays so far behind. */
const LAG_MS = 500;
/** A scan from the beginning, for rows that committed later still. */
const FULL_SCAN_EVERY_MS = 2_000;

const BEGINNING = new Date(0);

/**
 * How far a worker has claimed, by priority. The queue's index keeps entries of claimed rows for as long as
 * any snapshot in the database is open; a scan that starts at the mark does not walk through them again.
 */
export class LowWaterMarks {
  readonly priorities: readonly number[] = PRIORITIES;
  private readonly marks = new Map<number, number>(PRIORITIES.map((priority) => [priority, 0]));
  private fullScanAt = 0;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** The marks for the next claim, in the order of `priorities`. */
  next(): Date[] {
    if (this.nowMs() >= this.fullScanAt) {
      this.fullScanAt = this.nowMs() + FULL_SCAN_EVERY_MS;
      return PRIORITIES.map(() => BEGINNING);
    }
    return PRIORITIES.map((priority) => new Date(this.marks.get(priority) ?? 0));
  }

  /** Moves the marks past what was just claimed. */
  passed(claimed: readonly { priority: number; availableAt: Date }[]): void {
    for (const { priority, availableAt } of claimed) {
      const mark = availableAt.getTime() - LAG_MS;
      if (mark > (this.marks.get(priority) ?? 0)) this.marks.set(priority, mark);
    }
  }
}
