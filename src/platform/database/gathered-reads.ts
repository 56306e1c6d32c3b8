/** Keys read in one statement at most. */
const BATCH = 500;
/** Statements in flight at most: what comes meanwhile shares the next one. */
const IN_FLIGHT = 2;

interface Waiting<Value> {
  resolve: (value: Value | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads that many requests ask for at the same time, each by its key, in as few statements as possible. A read sees
 * whatever was committed before it was asked for: it never joins a statement that is on its way.
 */
export class GatheredReads<Value> {
  private waiting = new Map<string, Waiting<Value>[]>();
  private inFlight = 0;
  private scheduled = false;

  /** @param read answers what there is, by key */
  constructor(private readonly read: (keys: string[]) => Promise<ReadonlyMap<string, Value>>) {}

  /** Undefined where there is nothing under the key. */
  get(key: string): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      const others = this.waiting.get(key);
      if (others) others.push({ resolve, reject });
      else this.waiting.set(key, [{ resolve, reject }]);
      this.flushSoon();
    });
  }

  private flushSoon(): void {
    if (this.scheduled || this.inFlight >= IN_FLIGHT || this.waiting.size === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const batch = [...this.waiting].slice(0, BATCH);
    for (const [key] of batch) this.waiting.delete(key);
    this.inFlight++;
    this.flushSoon();
    try {
      const found = await this.read(batch.map(([key]) => key));
      for (const [key, callers] of batch) for (const { resolve } of callers) resolve(found.get(key));
    } catch (error) {
      for (const [, callers] of batch) for (const { reject } of callers) reject(error);
    }
    this.inFlight--;
    this.flushSoon();
  }
}
