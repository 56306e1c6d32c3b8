import { Batcher } from '../batching/batcher.js';

/** Reads in one statement at most. */
const BATCH = 500;
/** Statements in flight at most: what comes meanwhile shares the next one. */
const IN_FLIGHT = 2;

interface Asked<Value> {
  key: string;
  resolve: (value: Value | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads that many requests ask for at the same time, each by its key, in as few statements as possible. A read sees
 * whatever was committed before it was asked for: it never joins a statement that is on its way.
 */
export class GatheredReads<Value> {
  private readonly batcher = new Batcher<Asked<Value>>({
    size: BATCH,
    inFlight: IN_FLIGHT,
    flush: (batch) => this.flush(batch),
  });

  /** @param read answers what there is, by key */
  constructor(private readonly read: (keys: string[]) => Promise<ReadonlyMap<string, Value>>) {}

  /** Undefined where there is nothing under the key. */
  get(key: string): Promise<Value | undefined> {
    return new Promise((resolve, reject) => this.batcher.add({ key, resolve, reject }));
  }

  private async flush(batch: readonly Asked<Value>[]): Promise<void> {
    try {
      const found = await this.read([...new Set(batch.map(({ key }) => key))]);
      for (const { key, resolve } of batch) resolve(found.get(key));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
