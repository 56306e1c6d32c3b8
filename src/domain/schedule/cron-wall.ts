import { CronPattern } from 'croner';
import { type CronDays, cronDays } from './cron-days.js';
import { expandedFields } from './cron-fields.js';
import { CronTimes } from './cron-times.js';
import { RecentCache } from './recent-cache.js';
import { DAY, SECOND } from './zone-segments.js';

const DAY_SECONDS = 86_400;

/**
 * The wall times that a cron expression matches, with no timezone yet. A wall time is given as the epoch
 * milliseconds at which UTC would show it.
 */
export class CronWall {
  constructor(
    private readonly days: CronDays,
    private readonly times: CronTimes,
    /** No `*` and no step in the time fields: such runs are neither lost in a gap nor doubled in an overlap. */
    readonly fixedTime: boolean,
  ) {}

  /** The first match at or after `wall`, or `null` when no date ever matches. */
  atOrAfter(wall: number): number | null {
    const { day, timeOfDay } = split(Math.ceil(wall / SECOND));
    const matchingDay = this.days.atOrAfter(day);
    if (matchingDay === null) return null;
    if (matchingDay > day) return this.wallAt(matchingDay, 0);
    const index = this.times.countBefore(timeOfDay);
    if (index < this.times.perDay) return this.wallAt(day, index);
    const laterDay = this.days.atOrAfter(day + 1);
    return laterDay === null ? null : this.wallAt(laterDay, 0);
  }

  /** The last match before `wall`, or `null` when no date ever matches. */
  before(wall: number): number | null {
    const { day, timeOfDay } = split(Math.ceil(wall / SECOND));
    const matchingDay = this.days.atOrBefore(day);
    if (matchingDay === null) return null;
    const index = matchingDay < day ? this.times.perDay : this.times.countBefore(timeOfDay);
    if (index > 0) return this.wallAt(matchingDay, index - 1);
    const earlierDay = this.days.atOrBefore(day - 1);
    return earlierDay === null ? null : this.wallAt(earlierDay, this.times.perDay - 1);
  }

  /** How many matches lie in [from, to). */
  count(from: number, to: number): number {
    if (to <= from) return 0;
    const first = split(Math.ceil(from / SECOND));
    const last = split(Math.ceil(to / SECOND));
    const wholeDays = this.days.count(first.day, last.day - 1) * this.times.perDay;
    return wholeDays + this.countInDayBefore(last) - this.countInDayBefore(first);
  }

  private countInDayBefore({ day, timeOfDay }: { day: number; timeOfDay: number }): number {
    return timeOfDay > 0 && this.days.count(day, day) === 1 ? this.times.countBefore(timeOfDay) : 0;
  }

  private wallAt(day: number, index: number): number {
    return day * DAY + this.times.at(index) * SECOND;
  }
}

function split(wallSeconds: number): { day: number; timeOfDay: number } {
  const day = Math.floor(wallSeconds / DAY_SECONDS);
  return { day, timeOfDay: wallSeconds - day * DAY_SECONDS };
}

const cache = new RecentCache<CronWall>(2_048);

/** @throws TypeError | RangeError when the expression is not a cron expression */
export function cronWall(expression: string): CronWall {
  return cache.get(expression, () => {
    const fields = expandedFields(expression);
    // fixedTimeRule 'no-wildcard': lists and ranges are fixed times too, as in Vixie cron.
    const pattern = new CronPattern(fields.join(' '), undefined, {
      mode: '6-part',
      sloppyRanges: true,
      fixedTimeRule: 'no-wildcard',
    });
    const times = new CronTimes(allowed(pattern.hour), allowed(pattern.minute), allowed(pattern.second));
    return new CronWall(cronDays(fields.slice(3).join(' ')), times, pattern.isFixedTime);
  });
}

/** The indexes that are set in croner's table of a field. */
function allowed(table: readonly number[]): number[] {
  return [...table.keys()].filter((value) => table[value] !== 0);
}
