/**
 * A stretch of time over which a timezone keeps one offset. Within it, wall time = instant + offset.
 * A segment may also end where nothing changes (at the end of a UTC year); then the offsets are equal.
 */
export interface ZoneSegment {
  /** First instant, epoch milliseconds. */
  start: number;
  /** First instant after it. */
  end: number;
  /** Milliseconds to add to an instant for the wall time. */
  offset: number;
  /** The offset just before `start`: smaller means a gap at `start`, larger an overlap. */
  offsetBefore: number;
}

export const SECOND = 1_000;
export const DAY = 86_400_000;
/** Clock changes of one zone were never closer than 7 days since 1975 (Recife, October 2000). */
const SAMPLE_STEP = 4 * DAY;
const MAX_CACHED_YEARS = 4_096;

const yearsByZone = new Map<string, ZoneSegment[]>();

/**
 * The segment of `timezone` that holds `instant` (epoch milliseconds).
 * Segments are found a UTC year at a time with Intl and kept, so that later answers cost a table look-up.
 * @throws RangeError for an unknown timezone or an instant that is no date
 */
export function segmentAt(timezone: string, instant: number): ZoneSegment {
  const year = new Date(instant).getUTCFullYear();
  for (const segment of segmentsOfYear(timezone, year)) if (instant < segment.end) return segment;
  throw new RangeError(`No date: ${instant}`);
}

/** Wall time in `timezone` at `instant`, as the epoch milliseconds that UTC would show so. */
export function wallTimeAt(timezone: string, instant: number): number {
  return instant + segmentAt(timezone, instant).offset;
}

function segmentsOfYear(timezone: string, year: number): ZoneSegment[] {
  const key = `${timezone} ${year}`;
  const known = yearsByZone.get(key);
  if (known) return known;
  const found = findSegments(timezone, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
  if (yearsByZone.size >= MAX_CACHED_YEARS) yearsByZone.clear();
  yearsByZone.set(key, found);
  return found;
}

function findSegments(timezone: string, from: number, to: number): ZoneSegment[] {
  const offsetAt = offsetReader(timezone);
  const segments: ZoneSegment[] = [];
  let current: ZoneSegment = {
    start: from,
    end: to,
    offset: offsetAt(from),
    offsetBefore: offsetAt(from - SECOND),
  };
  for (let sampled = from; sampled < to; sampled += SAMPLE_STEP) {
    const until = Math.min(sampled + SAMPLE_STEP, to - SECOND);
    if (offsetAt(until) === current.offset) continue;
    const change = firstChange(offsetAt, sampled, until, current.offset);
    segments.push({ ...current, end: change });
    current = { start: change, end: to, offset: offsetAt(change), offsetBefore: current.offset };
  }
  return [...segments, current];
}

/** The first whole second in (from, to] whose offset is not `offset`; `from` still has it, `to` has not. */
function firstChange(
  offsetAt: (instant: number) => number,
  from: number,
  to: number,
  offset: number,
): number {
  let [same, changed] = [from, to];
  while (changed - same > SECOND) {
    const middle = same + Math.floor((changed - same) / (2 * SECOND)) * SECOND;
    if (offsetAt(middle) === offset) same = middle;
    else changed = middle;
  }
  return changed;
}

/** Reads offsets through Intl. The formatter is not kept: it is large, and a year needs it once. */
function offsetReader(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
  };
}
