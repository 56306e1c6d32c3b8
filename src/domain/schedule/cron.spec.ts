import { cronFaults, nextCronInstant } from './cron.js';

/** Expression, and the words that its fault must have. */
const REFUSED: [expression: string, words: RegExp][] = [
  ['', /empty; write 5 fields, or 6 with leading seconds/],
  ['   ', /empty/],
  ['* * * *', /has 4 fields; write 5 fields, or 6/],
  ['*', /has 1 field; write/],
  ['* * * * * * *', /has 7 fields; write/],
  ['2026-01-01T00:00:00', /looks like a date; .*one-time schedule/],
  ['2026-01-01', /looks like a date/],
  ['2026-01-01 00:00 * * *', /looks like a date/],
  ['12:30', /looks like a date/],
  ['@reboot', /not a known nickname; write one of @hourly/],
  ['@every 5m', /not a known nickname/],
  ['? * * * *', /minutes field "\?" has \?, which is for day fields only/],
  ['* ? * * *', /hours field "\?" has \?/],
  ['? * * * * *', /seconds field "\?" has \?/],
  ['0 0 * ? *', /month field "\?" has \?/],
  ['0 0 ?,1 * *', /day-of-month field "\?,1" has \? together with other values/],
  ['60 * * * *', /minutes field "60" has 60, which is not between 0 and 59/],
  ['* 24 * * *', /hours field "24" has 24, which is not between 0 and 23/],
  ['60 * * * * *', /seconds field "60"/],
  ['0 0 0 * *', /day-of-month field "0" has 0, which is not between 1 and 31/],
  ['0 0 32 * *', /day-of-month field "32"/],
  ['0 0 * 13 *', /month field "13" has 13, which is not between 1 and 12/],
  ['0 0 * 0 *', /month field "0"/],
  ['0 0 * * 8', /day-of-week field "8" has 8, which is not between 0 and 7/],
  ['0 0 * JANUARY *', /month field "JANUARY" has "JANUARY", which is not a number or name/],
  ['0 0 * * FUNDAY', /not a number or name/],
  ['a * * * *', /minutes field "A" has "A", which is not a number/],
  ['-5 * * * *', /cannot be read at "-5"/],
  ['1.5 * * * *', /cannot be read at "1.5"/],
  ['5- * * * *', /cannot be read at "5-"/],
  ['1,,2 * * * *', /has an empty value/],
  ['1, * * * *', /has an empty value/],
  ['*,5 * * * *', /has \* in a list/],
  ['30-10 * * * *', /range 30-10, which ends before it starts/],
  ['0 0 * * FRI-MON', /range FRI-MON, which ends before it starts/],
  ['*/0 * * * *', /step 0, which is not between 1 and 60/],
  ['*/61 * * * *', /step 61, which is not between 1 and 60/],
  ['*/ * * * *', /cannot be read at "\*\/"/],
  ['0 0 L-3 * *', /has "L", which is not a number/],
  ['0 0 LW,1 * *', /LW in a list, where it must stand alone/],
  ['0 0 32W * *', /day-of-month field "32W"/],
  ['0 0 W * *', /day-of-month field "W"/],
  ['0 0 * * L', /day-of-week field "L"/],
  ['0 0 * * MON#6', /day-of-week field "MON#6"/],
  ['0 0 * * MON#0', /day-of-week field "MON#0"/],
  ['0 0 * * FRI-MON#2', /ends before it starts/],
  ['0 0 1#2 * *', /day-of-month field "1#2"/],
  ['0 0 * * +MON', /day-of-week field "\+MON"/],
  ['5L * * * *', /minutes field "5L"/],
  ['0 0 30 2 *', /matches no date that exists/],
  ['0 0 31 2,4,6,9,11 *', /matches no date that exists/],
  ['0 0 0 30,31 2 ?', /matches no date that exists/],
  ['0 0 30W 2 *', /matches no date that exists/],
  [`${'1,'.repeat(600)}1 * * * *`, /longer than 1000 characters/],
];

describe('cronFaults', () => {
  it.each(REFUSED)('refuses "%s"', (expression, words) => {
    const faults = cronFaults(expression, 'UTC');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(words);
  });

  it('names every field at fault', () => {
    expect(cronFaults('61 25 0 13 9', 'UTC')).toHaveLength(5);
  });

  it('accepts a list that holds every minute and second', () => {
    const all = Array.from({ length: 60 }, (_, value) => value).join(',');
    expect(cronFaults(`${all} ${all} * * * *`, 'UTC')).toEqual([]);
  });

  it.each(['', 'local', '+02:00', 'Mars/Olympus', 'IST', 'europe/london'])(
    'refuses the timezone "%s"',
    (timezone) => {
      const faults = cronFaults('0 0 * * *', timezone);
      expect(faults).toEqual([expect.stringMatching(/^the timezone .*; write .*[A-Z]/)]);
    },
  );

  it('tells faults of the expression and of the timezone together', () => {
    expect(cronFaults('60 * * * *', '')).toHaveLength(2);
  });

  describe('with exactly 5 fields', () => {
    it('accepts 5 fields', () => {
      expect(cronFaults('*/5 9-17 * * MON-FRI', 'Europe/London', { fields: 5 })).toEqual([]);
    });

    it.each([
      ['0 * * * * *', /has 6 fields; write 5 fields, such as/],
      ['@daily', /nicknames are not accepted here; write "0 0 \* \* \*"/],
      ['', /empty; write 5 fields, such as/],
    ])('refuses "%s"', (expression, words) => {
      expect(cronFaults(expression, 'UTC', { fields: 5 })).toEqual([expect.stringMatching(words)]);
    });
  });
});

describe('nextCronInstant', () => {
  it('throws for what cronFaults refuses', () => {
    expect(() => nextCronInstant('61 * * * *', 'UTC', new Date(0))).toThrow();
    expect(() => nextCronInstant('0 0 * * *', 'Mars/Olympus', new Date(0))).toThrow(RangeError);
  });

  it('is null when no date ever matches', () => {
    expect(nextCronInstant('0 0 30 2 *', 'Europe/London', new Date(0))).toBeNull();
  });

  it('answers the same when more expressions are in use than are kept', () => {
    const after = new Date('2026-01-01T00:00:00Z');
    const expressions = Array.from(
      { length: 2_100 },
      (_, n) => `${n % 60} ${Math.floor(n / 60) % 24} ${1 + (n % 28)} * *`,
    );
    const ask = () =>
      expressions.map((expression) => nextCronInstant(expression, 'UTC', after)?.toISOString());
    const first = ask();
    expect(ask()).toEqual(first);
    expect(first[61]).toBe('2026-01-06T01:01:00.000Z');
  });
});
