import { type DayOfWeek, DAYS_OF_WEEK, type Exclusions } from './schedule.js';
import { DAY, segmentAt } from './zone-segments.js';

const MINUTE = 60_000;

/** Whether `instant`, read in `timezone`, falls on an excluded date, day of the week or time of day. */
export function isExcluded(exclusions: Exclusions, timezone: string, instant: Date): boolean {
  return new ExclusionCalendar(exclusions, timezone).excludes(instant.getTime());
}

/** Exclusions laid over one timezone. All instants are epoch milliseconds. */
export class ExclusionCalendar {
  private readonly range: { start: number; end: number } | null;

  constructor(
    private readonly exclusions: Exclusions,
    private readonly timezone: string,
  ) {
    const range = exclusions.timeRange;
    this.range = range && { start: timeOfDay(range.start), end: timeOfDay(range.end) };
  }

  excludes(instant: number): boolean {
    return this.excludesWall(instant + segmentAt(this.timezone, instant).offset);
  }

  /**
   * The first instant after `instant` at which the rules answer otherwise than at `instant`: the end of an
   * excluded stretch, or the start of the next one. Not looked for past `until`, which is then the answer.
   */
  changeAfter(instant: number, until: number): number {
    const excluded = this.excludes(instant);
    let at = instant;
    while (at < until) {
      const { end, offset } = segmentAt(this.timezone, at);
      at = Math.min(this.nextBoundary(at + offset) - offset, end);
      if (at < until && this.excludes(at) !== excluded) return at;
    }
    return until;
  }

  private excludesWall(wall: number): boolean {
    const { dates, daysOfWeek } = this.exclusions;
    const time = wall - startOfDay(wall);
    if (this.range && isWithin(time, this.range)) return true;
    if (daysOfWeek.length > 0 && daysOfWeek.includes(dayOfWeek(wall))) return true;
    return dates.length > 0 && dates.includes(new Date(wall).toISOString().slice(0, 10));
  }

  /** The next wall time after `wall` at which a rule can begin or end. */
  private nextBoundary(wall: number): number {
    const midnight = startOfDay(wall);
    const time = wall - midnight;
    const bounds = this.range ? [this.range.start, this.range.end] : [];
    return midnight + Math.min(DAY, ...bounds.filter((bound) => bound > time));
  }
}

function isWithin(time: number, { start, end }: { start: number; end: number }): boolean {
  return start < end ? start <= time && time < end : time >= start || time < end;
}

function startOfDay(wall: number): number {
  return Math.floor(wall / DAY) * DAY;
}

function dayOfWeek(wall: number): DayOfWeek {
  return DAYS_OF_WEEK[new Date(wall).getUTCDay()] ?? 'Sunday';
}

/** Milliseconds since midnight of an `HH:mm` text. */
function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE;
}
