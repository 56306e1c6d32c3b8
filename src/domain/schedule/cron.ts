import { NICKNAMES, expandedFields, fieldFaults, splitFields } from './cron-fields.js';
import { cronSequence } from './cron-sequence.js';
import { cronWall } from './cron-wall.js';
import { timezoneFault } from './timezone.js';

/** Room for every value of every field as a list. */
const MAX_LENGTH = 1_000;
/** Any date from which 400 years, one full round of the calendar, are searched. */
const SEARCH_FROM = Date.UTC(2000, 0, 1);

/**
 * What is wrong with a cron expression and its timezone, each with what to write instead; empty when
 * all is well. An expression has 5 fields, or 6 with leading seconds, or is a nickname such as `@daily`;
 * with `{ fields: 5 }` it has exactly 5 fields and nicknames are refused.
 */
export function cronFaults(expression: string, timezone: string, options: { fields?: 5 } = {}): string[] {
  const zone = timezoneFault(timezone);
  return [...expressionFaults(expression, options), ...(zone === null ? [] : [`the timezone ${zone}`])];
}

/** The faults of the expression alone; see `cronFaults`. */
export function expressionFaults(expression: string, options: { fields?: 5 } = {}): string[] {
  const shape = shapeFault(expression, options.fields);
  if (shape !== null) return [shape];
  const faults = fieldFaults(expandedFields(expression));
  return faults.length > 0 ? faults : calendarFaults(expression);
}

/**
 * The first instant strictly after `after` at which the expression is due in `timezone`, or `null`.
 * @throws TypeError | RangeError when the expression or the timezone is not valid (see `cronFaults`)
 */
export function nextCronInstant(expression: string, timezone: string, after: Date): Date | null {
  const next = cronSequence(expression, timezone).next(after.getTime());
  return next === null ? null : new Date(next);
}

function shapeFault(expression: string, fields: 5 | undefined): string | null {
  const text = expression.trim();
  const wanted = fields === 5 ? '5 fields' : '5 fields, or 6 with leading seconds';
  const example = '"0 9 * * MON-FRI" (minute, hour, day-of-month, month, day-of-week)';
  if (text === '') return `the expression is empty; write ${wanted}, such as ${example}`;
  if (text.length > MAX_LENGTH)
    return `the expression is longer than ${MAX_LENGTH} characters; write lists as ranges`;
  if (text.startsWith('@')) return nicknameFault(text.toLowerCase(), fields);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) || text.includes(':')) {
    return `"${text}" looks like a date; write a cron expression such as ${example}, or use a one-time schedule`;
  }
  const count = splitFields(text).length;
  const good = count === 5 || (count === 6 && fields === undefined);
  return good
    ? null
    : `the expression has ${count} field${count === 1 ? '' : 's'}; write ${wanted}, such as ${example}`;
}

function nicknameFault(nickname: string, fields: 5 | undefined): string | null {
  const meaning = NICKNAMES[nickname];
  if (meaning === undefined) {
    return `"${nickname}" is not a known nickname; write one of ${Object.keys(NICKNAMES).join(', ')}`;
  }
  return fields === 5 ? `nicknames are not accepted here; write "${meaning}" for ${nickname}` : null;
}

function calendarFaults(expression: string): string[] {
  try {
    if (cronWall(expression).atOrAfter(SEARCH_FROM) !== null) return [];
    return ['the expression matches no date that exists; write a day that the given months have'];
  } catch {
    return [`"${expression}" cannot be read as a cron expression; write for example "0 9 * * MON-FRI"`];
  }
}
