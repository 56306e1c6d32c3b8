/**
 * The nominal instants of one schedule, in ascending order, before start, end and exclusions are heeded.
 * All instants are epoch milliseconds.
 */
export interface Sequence {
  /** The first instant strictly after `after`, or `null` when there is none. */
  next(after: number): number | null;
  /** The last instant strictly before `before`, or `null` when there is none. */
  previous(before: number): number | null;
  /** How many instants lie in [from, to]; found by arithmetic, not by listing them. */
  count(from: number, to: number): number;
}

/** The sequence with no instant: a manual schedule. */
export const EMPTY_SEQUENCE: Sequence = { next: () => null, previous: () => null, count: () => 0 };

/** The sequence of one instant: a once schedule. */
export function singleSequence(instant: number): Sequence {
  return {
    next: (after) => (instant > after ? instant : null),
    previous: (before) => (instant < before ? instant : null),
    count: (from, to) => (from <= instant && instant <= to ? 1 : 0),
  };
}
