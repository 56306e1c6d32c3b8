/** Nicknames and the five fields that they stand for. */
export const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** The places of day-of-month and day-of-week among six fields. */
const DAY_FIELDS = new Set([3, 5]);

/** The fields of an expression as written, split at white space. */
export function splitFields(expression: string): string[] {
  return expression.trim().split(/\s+/);
}

/**
 * The six fields of an expression, seconds first: nicknames are replaced, a missing seconds field is `0`,
 * and a day field of `?` is `*`. The fields themselves are not judged.
 */
export function expandedFields(expression: string): string[] {
  const fields = splitFields(NICKNAMES[expression.trim().toLowerCase()] ?? expression);
  const six = fields.length === 5 ? ['0', ...fields] : fields;
  return six.map((field, index) => (field === '?' && DAY_FIELDS.has(index) ? '*' : field.toUpperCase()));
}

interface FieldRule {
  name: string;
  min: number;
  max: number;
  /** Names in the place of numbers; the first stands for `min`. */
  names: readonly string[];
  /** Forms of this field only, beside numbers, ranges and steps. */
  special: RegExp | null;
  example: string;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const WEEKDAY_FORM = '(?:[0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)';

const RULES: readonly FieldRule[] = [
  { name: 'seconds', min: 0, max: 59, names: [], special: null, example: '0, */10 or 0,30' },
  { name: 'minutes', min: 0, max: 59, names: [], special: null, example: '0, */15 or 0,30' },
  { name: 'hours', min: 0, max: 23, names: [], special: null, example: '9, */2 or 9-17' },
  {
    name: 'day-of-month',
    min: 1,
    max: 31,
    names: [],
    special: /^(L|LW|([1-9]|0[1-9]|[12]\d|3[01])W)$/,
    example: '1, 1-7, L (last day), 15W (nearest weekday) or LW (last weekday)',
  },
  { name: 'month', min: 1, max: 12, names: MONTHS, special: null, example: '1, JAN, 1-6 or */3' },
  {
    name: 'day-of-week',
    min: 0,
    max: 7,
    names: WEEKDAYS,
    special: new RegExp(`^${WEEKDAY_FORM}(-${WEEKDAY_FORM})?(#[1-5]|L)$`),
    example: '1, MON-FRI, FRI#2 (second Friday) or FRIL (last Friday); 0 and 7 are Sunday',
  },
];

/** What is wrong with each of six fields, seconds first, and what to write instead. */
export function fieldFaults(sixFields: readonly string[]): string[] {
  return RULES.flatMap((rule, index) => {
    const field = sixFields[index] ?? '';
    const problem = fieldProblem(rule, field);
    return problem === null
      ? []
      : [`the ${rule.name} field "${field}" ${problem}; write for example ${rule.example}`];
  });
}

function fieldProblem(rule: FieldRule, field: string): string | null {
  if (field === '*') return null;
  if (field.includes('?')) {
    return rule.special ? 'has ? together with other values' : 'has ?, which is for day fields only';
  }
  const items = field.split(',');
  if (items.length > 1 && items.includes('LW')) return 'has LW in a list, where it must stand alone';
  for (const item of items) {
    const problem = itemProblem(rule, item);
    if (problem !== null) return problem;
  }
  return null;
}

function itemProblem(rule: FieldRule, item: string): string | null {
  if (rule.special?.test(item)) return specialProblem(rule, item);
  if (item === '') return 'has an empty value';
  if (item === '*') return 'has * in a list, where it already means every value';
  const match = /^(?:(?<from>[A-Z0-9]+)(?:-(?<to>[A-Z0-9]+))?|\*)?(?:\/(?<step>\d+))?$/.exec(item);
  if (!match?.groups) return `cannot be read at "${item}"`;
  const { from, to, step } = match.groups;
  return rangeProblem(rule, from, to) ?? stepProblem(rule, step);
}

function specialProblem(rule: FieldRule, item: string): string | null {
  if (rule.name !== 'day-of-week' || !item.includes('-')) return null;
  const [from, to] = item.replace(/(#.|L)$/, '').split('-');
  return rangeProblem(rule, from, to);
}

function rangeProblem(rule: FieldRule, from: string | undefined, to: string | undefined): string | null {
  const [low, high] = [from, to].map((text) => (text === undefined ? undefined : valueOf(rule, text)));
  for (const [text, value] of [[from, low] as const, [to, high] as const]) {
    if (text === undefined) continue;
    if (value === null)
      return `has "${text}", which is not a ${rule.names.length > 0 ? 'number or name' : 'number'}`;
    if (value !== undefined && (value < rule.min || value > rule.max)) {
      return `has ${text}, which is not between ${rule.min} and ${rule.max}`;
    }
  }
  if (typeof low !== 'number' || typeof high !== 'number') return null;
  // SUN is 0, but at the end of a range it is 7.
  const end = to === 'SUN' ? 7 : high;
  return low > end
    ? `has the range ${from}-${to}, which ends before it starts (write it as two ranges)`
    : null;
}

function stepProblem(rule: FieldRule, step: string | undefined): string | null {
  if (step === undefined) return null;
  const most = rule.name === 'day-of-week' ? 7 : rule.max - rule.min + 1;
  const size = Number(step);
  return size < 1 || size > most ? `has the step ${step}, which is not between 1 and ${most}` : null;
}

/** The number that a text stands for, or `null`. */
function valueOf(rule: FieldRule, text: string): number | null {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  const index = rule.names.indexOf(text);
  return index < 0 ? null : rule.min + index;
}
