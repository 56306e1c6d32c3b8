import type { FieldFault } from '../errors.js';
import { DAYS_OF_WEEK, type Exclusions } from './schedule.js';

const MAX_DATES = 1_000;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** What is wrong with exclusion rules; `field` is the path of the rules, such as `exclusions`. */
export function exclusionFaults(exclusions: Exclusions, field: string): FieldFault[] {
  const path = (name: string) => (field === '' ? name : `${field}.${name}`);
  return [
    ...dateFaults(exclusions.dates, path('dates')),
    ...dayFaults(exclusions.daysOfWeek, path('daysOfWeek')),
    ...timeRangeFaults(exclusions.timeRange, path('timeRange')),
  ];
}

function dateFaults(dates: readonly string[], field: string): FieldFault[] {
  if (dates.length > MAX_DATES) {
    return [{ field, message: `has ${dates.length} dates; give at most ${MAX_DATES}` }];
  }
  return dates.flatMap((date, index) =>
    isCalendarDate(date)
      ? []
      : [{ field: `${field}.${index}`, message: `"${date}" is no calendar date; write YYYY-MM-DD` }],
  );
}

function dayFaults(days: readonly string[], field: string): FieldFault[] {
  const known: readonly string[] = DAYS_OF_WEEK;
  return days.flatMap((day, index) =>
    known.includes(day)
      ? []
      : [{ field: `${field}.${index}`, message: `"${day}" is no day; write one of ${known.join(', ')}` }],
  );
}

function timeRangeFaults(range: Exclusions['timeRange'], field: string): FieldFault[] {
  if (range === null) return [];
  const faults = (['start', 'end'] as const).flatMap((side) =>
    TIME.test(range[side])
      ? []
      : [
          {
            field: `${field}.${side}`,
            message: `"${range[side]}" is no time; write HH:mm from 00:00 to 23:59`,
          },
        ],
  );
  if (faults.length > 0 || range.start !== range.end) return faults;
  return [{ field, message: 'starts and ends at the same time; write two different times' }];
}

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
