import type { Sequence } from './sequence.js';

/** The longest and shortest interval, in seconds: one year and one second. */
export const INTERVAL_SECONDS = { min: 1, max: 31_536_000 } as const;

/**
 * The instants `anchorAt + n × intervalSeconds`, n ≥ 1. The anchor may lie in the future or before 1970;
 * its milliseconds are kept. Every answer is O(1).
 */
export function intervalSequence(anchorAt: Date, intervalSeconds: number): Sequence {
  const anchor = anchorAt.getTime();
  const step = intervalSeconds * 1_000;
  /** How many runs there are at or before `instant`. */
  const runsThrough = (instant: number) => Math.max(0, Math.floor((instant - anchor) / step));
  return {
    next: (after) => anchor + (runsThrough(after) + 1) * step,
    previous: (before) => {
      const runs = runsThrough(before - 1);
      return runs === 0 ? null : anchor + runs * step;
    },
    count: (from, to) => Math.max(0, runsThrough(to) - runsThrough(from - 1)),
  };
}
