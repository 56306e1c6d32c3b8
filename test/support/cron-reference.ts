/**
 * A slow, independent reading of the cron rules: every minute of a window is shown to Intl and compared
 * with the fields one by one. It shares no code with src/domain/schedule.
 */
const MINUTE = 60_000;

export interface WallMinute {
  instant: number;
  /** The wall time, as the epoch milliseconds at which UTC would show it. */
  wall: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** What a clock in `timezone` shows at `instant`, as the epoch milliseconds at which UTC would show it. */
export function referenceWall(timezone: string, instant: number): number {
  let format = formatters.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    formatters.set(timezone, format);
  }
  return Date.parse(`${format.format(instant).replace(' ', 'T')}Z`) + (((instant % 1000) + 1000) % 1000);
}

/** The wall clock at every whole minute of [from, to). */
export function wallMinutes(timezone: string, from: number, to: number): WallMinute[] {
  const minutes: WallMinute[] = [];
  for (let instant = from; instant < to; instant += MINUTE) {
    minutes.push({ instant, wall: referenceWall(timezone, instant) });
  }
  return minutes;
}

/** Every instant in the window at which the expression (5 or 6 fields) is due, by the rules, in order. */
export function referenceInstants(expression: string, window: readonly WallMinute[]): number[] {
  const given = expression.split(' ');
  const fields = given.length === 5 ? ['0', ...given] : given;
  const fixedTime = !/[*/]/.test(fields.slice(0, 3).join(''));
  const matchingSeconds = secondsOfMinute(fields);
  const due = new Set<number>();
  const shown = new Set<number>();
  let previousWall: number | undefined;
  for (const { instant, wall } of window) {
    if (fixedTime && previousWall !== undefined) {
      for (let skipped = previousWall + MINUTE; skipped < wall; skipped += MINUTE) {
        if (matchingSeconds(skipped).length > 0) due.add(instant);
      }
    }
    if (!fixedTime || !shown.has(wall)) {
      for (const second of matchingSeconds(wall)) due.add(instant + second * 1000);
    }
    shown.add(wall);
    previousWall = wall;
  }
  return [...due].sort((a, b) => a - b);
}

/** Tells for a wall minute at which of its seconds the fields match. */
function secondsOfMinute(fields: readonly string[]): (wall: number) => number[] {
  const [second = '', minute = '', hour = '', ...dateFields] = fields;
  const values = (field: string, most: number) =>
    Array.from({ length: most + 1 }, (_, value) => value).filter((value) =>
      valueMatches(field, value, 0, most),
    );
  const seconds = values(second, 59);
  const minutes = values(minute, 59);
  const hours = values(hour, 23);
  const dates = new Map<number, boolean>();
  const dateMatches = (wall: number) => {
    const day = Math.floor(wall / 86_400_000);
    const known = dates.get(day) ?? referenceDateMatches(dateFields, wall);
    dates.set(day, known);
    return known;
  };
  return (wall) => {
    const date = new Date(wall);
    const matches =
      minutes.includes(date.getUTCMinutes()) && hours.includes(date.getUTCHours()) && dateMatches(wall);
    return matches ? seconds : [];
  };
}

/** Whether the date fields (day-of-month, month, day-of-week) match the date of a wall time. */
export function referenceDateMatches(
  [dom = '', month = '', dow = '']: readonly string[],
  wall: number,
): boolean {
  const date = new Date(wall);
  if (!valueMatches(named(month, MONTHS, 1), date.getUTCMonth() + 1, 1, 12)) return false;
  const anyDom = dom === '*' || dom === '?';
  const anyDow = dow === '*' || dow === '?';
  if (anyDom && anyDow) return true;
  if (anyDom) return dayOfWeekMatches(dow, date);
  if (anyDow) return dayOfMonthMatches(dom, date);
  return dayOfMonthMatches(dom, date) || dayOfWeekMatches(dow, date);
}

function valueMatches(field: string, value: number, min: number, max: number): boolean {
  return field.split(',').some((item) => {
    const [base = '', step] = item.split('/');
    const [from, to] = base.split('-');
    const every = base === '*' || base === '';
    const low = every ? min : Number(from);
    const high = every || (to === undefined && step !== undefined) ? max : Number(to ?? from);
    return value >= low && value <= high && (value - low) % Number(step ?? 1) === 0;
  });
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function named(field: string, names: readonly string[], first: number): string {
  const numbers = field.toUpperCase().replace(/-SUN/g, '-7');
  return names.reduce((text, name, index) => text.replaceAll(name, String(first + index)), numbers);
}

function dayOfMonthMatches(field: string, date: Date): boolean {
  const day = date.getUTCDate();
  return field
    .toUpperCase()
    .split(',')
    .some((item) => {
      if (item === 'L') return day === lastDay(date);
      if (item === 'LW') return day === weekdaysOf(date).at(-1);
      if (item.endsWith('W')) return day === nearestWeekday(date, Number(item.slice(0, -1)));
      return valueMatches(item, day, 1, 31);
    });
}

function dayOfWeekMatches(field: string, date: Date): boolean {
  const weekday = date.getUTCDay();
  const isDay = (item: string) =>
    valueMatches(item, weekday, 0, 6) || (weekday === 0 && valueMatches(item, 7, 0, 7));
  return named(field, WEEKDAYS, 0)
    .split(',')
    .some((item) => {
      if (item.endsWith('L')) return isDay(item.slice(0, -1)) && date.getUTCDate() + 7 > lastDay(date);
      const [days = '', nth] = item.split('#');
      return isDay(days) && (nth === undefined || Math.ceil(date.getUTCDate() / 7) === Number(nth));
    });
}

function lastDay(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** Monday to Friday in the month of `date`. */
function weekdaysOf(date: Date): number[] {
  const days = Array.from({ length: lastDay(date) }, (_, index) => index + 1);
  return days.filter((day) => {
    const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
    return weekday >= 1 && weekday <= 5;
  });
}

/** The weekday of the month nearest to `day`; a tie cannot be. `undefined` when the month has no such day. */
function nearestWeekday(date: Date, day: number): number | undefined {
  if (day > lastDay(date)) return undefined;
  return weekdaysOf(date).sort((a, b) => Math.abs(a - day) - Math.abs(b - day))[0];
}
