const HOUR_MS = 3_600_000;
/** The longest span that is shown by the hour. */
const HOURLY_UP_TO = 48;
/** Widths of buckets beyond that, in hours; each divides a day or is whole days. */
const WIDTHS = [2, 4, 6, 12, 24, 48] as const;
/** Buckets at most. */
const MAX_BUCKETS = 48;

/** How a look back over some hours is cut into buckets of equal width. */
export interface TimelineCut {
  /** Start of the first bucket: a whole multiple of the width since 1970. */
  start: Date;
  /** Seconds. */
  width: number;
  /** The last bucket holds the present instant. */
  buckets: number;
}

/**
 * Cuts the `hours` up to `now` into buckets: an hour wide up to 48 hours, wider beyond, never more than needed.
 * @param hours from 1 to 2160
 */
export function timelineCut(hours: number, now: Date): TimelineCut {
  const widthHours =
    hours <= HOURLY_UP_TO ? 1 : (WIDTHS.find((width) => Math.ceil(hours / width) <= MAX_BUCKETS) ?? 48);
  const widthMs = widthHours * HOUR_MS;
  const last = Math.floor(now.getTime() / widthMs) * widthMs;
  const buckets = Math.ceil(hours / widthHours);
  return { start: new Date(last - (buckets - 1) * widthMs), width: widthMs / 1_000, buckets };
}
