import type { Exclusions } from '../../src/domain/schedule/schedule.js';
import { referenceWall } from './cron-reference.js';

const WEEKDAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' });

/** Whether `instant` is excluded, read off the text of the wall clock; shares no code with the domain. */
export function referenceExcludes(exclusions: Exclusions, timezone: string, instant: number): boolean {
  const wall = new Date(referenceWall(timezone, instant));
  const [date = '', time = ''] = wall.toISOString().split('T');
  if (exclusions.dates.includes(date)) return true;
  if (exclusions.daysOfWeek.some((day) => day === WEEKDAY.format(wall))) return true;
  if (!exclusions.timeRange) return false;
  const { start, end } = exclusions.timeRange;
  const hourAndMinute = time.slice(0, 5);
  const afterStart = hourAndMinute >= start;
  const beforeEnd = hourAndMinute < end;
  return start < end ? afterStart && beforeEnd : afterStart || beforeEnd;
}
