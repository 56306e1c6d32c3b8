import { DAY, segmentAt, wallTimeAt } from './zone-segments.js';

/**
 * The instant at which clocks of a timezone show a wall time. One that comes twice is its first pass; one
 * that a gap skips is the end of the gap.
 * @param wall the wall time, as the epoch milliseconds that UTC would show so
 * @returns epoch milliseconds
 */
export function instantOfWallTime(timezone: string, wall: number): number {
  const before = segmentAt(timezone, wall - DAY).offset;
  const after = segmentAt(timezone, wall + DAY).offset;
  const [first, second] = [wall - Math.max(before, after), wall - Math.min(before, after)];
  if (wallTimeAt(timezone, first) === wall) return first;
  return wallTimeAt(timezone, second) === wall ? second : segmentAt(timezone, second).start;
}
