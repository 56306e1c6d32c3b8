const LONGEST_MS = 86_400_000;

/** RFC 9110, 5.6.7: the preferred form of a date and its two obsolete ones. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/;

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date.
 * @param now milliseconds since the epoch
 * @returns milliseconds from now, 0 to one day; undefined where there is none or it cannot be read
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return bounded(Number(text) * 1000);
  if (!HTTP_DATE.test(text)) return undefined;
  // The asctime form has no zone, and means GMT.
  const instant = Date.parse(/GMT$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(instant) ? undefined : bounded(instant - now);
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_MS);
}
