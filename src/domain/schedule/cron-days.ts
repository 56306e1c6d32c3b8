import { Cron } from 'croner';
import { RecentCache } from './recent-cache.js';
import { DAY, SECOND } from './zone-segments.js';

/**
 * The calendar days that the three day fields of a cron expression (day-of-month, month, day-of-week)
 * match. A day is its number since 1970-01-01, with no timezone.
 */
export interface CronDays {
  /** The first matching day at or after `day`, or `null` when no date ever matches. */
  atOrAfter(day: number): number | null;
  /** The last matching day at or before `day`, or `null` when no date ever matches. */
  atOrBefore(day: number): number | null;
  /** How many days in [from, to] match. */
  count(from: number, to: number): number;
}

const EVERY_DAY: CronDays = {
  atOrAfter: (day) => day,
  atOrBefore: (day) => day,
  count: (from, to) => Math.max(0, to - from + 1),
};

/** A Cron object holds about 80 KB; many schedules share the same day fields. */
const cache = new RecentCache<CronDays>(128);

/** @throws TypeError | RangeError when croner refuses a field */
export function cronDays(dayFields: string): CronDays {
  return cache.get(dayFields.toUpperCase(), () =>
    /^[*?] \* [*?]$/.test(dayFields) ? EVERY_DAY : new MatchedDays(dayFields),
  );
}

class MatchedDays implements CronDays {
  private readonly midnights: Cron;
  /** Every day in [asked, answer] has `answer` as its next match. */
  private latest: { asked: number; answer: number } | null = null;

  constructor(dayFields: string) {
    // A fixed offset of 0 makes croner a pure calendar: no timezone, no Intl.
    this.midnights = new Cron(`0 0 0 ${dayFields}`, {
      paused: true,
      utcOffset: 0,
      mode: '6-part',
      sloppyRanges: true,
    });
  }

  atOrAfter(day: number): number | null {
    if (this.latest && this.latest.asked <= day && day <= this.latest.answer) return this.latest.answer;
    const midnight = this.midnights.nextRun(new Date(day * DAY - SECOND));
    if (!midnight) return null;
    this.latest = { asked: day, answer: midnight.getTime() / DAY };
    return this.latest.answer;
  }

  atOrBefore(day: number): number | null {
    const [midnight] = this.midnights.previousRuns(1, new Date(day * DAY + SECOND));
    return midnight ? midnight.getTime() / DAY : null;
  }

  count(from: number, to: number): number {
    let matches = 0;
    for (let day = this.atOrAfter(from); day !== null && day <= to; day = this.atOrAfter(day + 1))
      matches += 1;
    return matches;
  }
}
