/** A value that survives a round trip through JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What went wrong in an attempt; `code` is stable, `message` is for people and holds no secret. */
export interface ExecutionError {
  code: string;
  message: string;
  details?: Json;
}

/** Measured milliseconds of an attempt's parts, such as `connectMs`, `ttfbMs`, `transferMs`. */
export type Trace = Record<string, number>;

export interface Succeeded {
  kind: 'succeeded';
  output: Json;
  trace?: Trace;
}

export interface Failed {
  kind: 'failed';
  /** `error`: the work said no. `timeout`: its time ran out. `system`: a fault of Carillon itself. */
  failureKind: 'error' | 'timeout' | 'system';
  error: ExecutionError;
  /** False where another attempt cannot help, such as a refused request or a bad configuration. */
  retryable: boolean;
  /** The earliest next attempt that the other side asked for, in milliseconds from now. */
  retryAfterMs?: number;
  output?: Json;
  trace?: Trace;
}

export interface Cancelled {
  kind: 'cancelled';
  reason: string;
  output?: Json;
  trace?: Trace;
}

/** How one attempt ended: the closed union that every executor answers. A throw is a bug of the executor. */
export type Outcome = Succeeded | Failed | Cancelled;
