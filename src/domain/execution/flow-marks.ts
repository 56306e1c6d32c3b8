import type { Json } from './outcome.js';

/** What an admission tells the worker; kept under `flow` in the options of an execution. */
export interface FlowMarks {
  /** ISO 8601: it may be started only before; later its execution window has closed again. */
  startBefore?: string;
  /** Its start counts in a rate. */
  isRated?: boolean;
}

/** The marks among the options of an execution; none: empty. */
export function flowMarksOf(options: Record<string, Json> | null): FlowMarks {
  const marks = options?.flow;
  return typeof marks === 'object' && marks !== null && !Array.isArray(marks) ? marks : {};
}
