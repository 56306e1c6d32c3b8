import fc from 'fast-check';
import { referenceDateMatches } from '../../../test/support/cron-reference.js';
import { cronDays } from './cron-days.js';

const DAY = 86_400_000;
const FIRST = Date.UTC(2023, 0, 1) / DAY;
const LAST = Date.UTC(2028, 11, 31) / DAY;

const number = (min: number, max: number) => fc.integer({ min, max });
const list = (item: fc.Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
const dayOfMonth = fc.oneof(
  fc.constantFrom('*', '?', 'LW'),
  list(
    fc.oneof(
      number(1, 31).map(String),
      number(1, 31).map((day) => `${day}W`),
      fc.constantFrom('L', '*/2', '1-7', '10-20/3', '28-31'),
    ),
  ),
);
const month = fc.oneof(
  fc.constantFrom('*', 'FEB', '*/3', 'JAN-MAR', '2,4', '6-9/2'),
  list(number(1, 12).map(String)),
);
const dayOfWeek = fc.oneof(
  fc.constantFrom('*', '?', 'MON-FRI', '5-7', 'SAT-SUN', '7', 'MON-FRI#2', '*/2', 'SUN,WED', 'sunL', '1-5L'),
  list(
    fc.oneof(
      number(0, 7).map(String),
      fc.tuple(number(0, 7), number(1, 5)).map(([day, nth]) => `${day}#${nth}`),
      number(0, 7).map((day) => `${day}L`),
    ),
  ),
);

describe('the days that cron fields match, against every day of six years', () => {
  it('agrees forwards, backwards and by count', () => {
    fc.assert(
      fc.property(dayOfMonth, month, dayOfWeek, (dom, monthField, dow) => {
        const expected: number[] = [];
        for (let day = FIRST; day <= LAST; day += 1) {
          if (referenceDateMatches([dom, monthField, dow], day * DAY)) expected.push(day);
        }
        const days = cronDays(`${dom} ${monthField} ${dow}`);
        expect(days.count(FIRST, LAST)).toBe(expected.length);
        const forwards: number[] = [];
        for (let day = days.atOrAfter(FIRST); day !== null && day <= LAST; day = days.atOrAfter(day + 1))
          forwards.push(day);
        expect(forwards).toEqual(expected);
        const backwards: number[] = [];
        for (let day = days.atOrBefore(LAST); day !== null && day >= FIRST; day = days.atOrBefore(day - 1))
          backwards.push(day);
        expect(backwards.reverse()).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
