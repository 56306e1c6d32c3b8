/** What a contest needs of a queue. Each is used as its documentation advises for throughput. */
export interface Contestant {
  /** Enqueues in bulk, in portions of 2,000. */
  enqueueMany(count: number): Promise<void>;
  /** Enqueues one; resolves once it cannot be lost. */
  enqueue(): Promise<void>;
  /** As `enqueue`, from where no worker runs in the same process; absent: `enqueue` is that already. */
  enqueueApart?(): Promise<void>;
  /** Starts a worker, 64 executions at once. */
  work(task: Task): Promise<void>;
  /** Stops the worker. */
  rest(): Promise<void>;
  /** Executions whose end is not on record yet. */
  unfinished(): Promise<number>;
  stop(): Promise<void>;
}

export interface Task {
  /** Told of each start. */
  onStart(): void;
  /** Where each execution sends a POST; null: it does nothing. */
  endpoint: string | null;
  /** For contestants without an HTTP client of their own. */
  deliver(endpoint: string): Promise<void>;
}

/** Where contestants keep their data. */
export interface Stores {
  databaseUrl: string;
  /** Null: there is no Redis on this machine. */
  redisPort: number | null;
}

export const PORTION = 2_000;
