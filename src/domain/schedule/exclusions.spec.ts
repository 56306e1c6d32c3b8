import fc from 'fast-check';
import { referenceExcludes } from '../../../test/support/exclusion-reference.js';
import { exclusionsAround, NOTHING_EXCLUDED } from '../../../test/support/schedule-arbitraries.js';
import { exclusionFaults } from './exclusion-faults.js';
import { ExclusionCalendar, isExcluded } from './exclusions.js';
import type { DayOfWeek, Exclusions } from './schedule.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

const night: Exclusions = { ...NOTHING_EXCLUDED, timeRange: { start: '22:00', end: '06:00' } };
const lunch: Exclusions = { ...NOTHING_EXCLUDED, timeRange: { start: '12:00', end: '13:30' } };
const weekend: Exclusions = { ...NOTHING_EXCLUDED, daysOfWeek: ['Saturday', 'Sunday'] };
const christmas: Exclusions = { ...NOTHING_EXCLUDED, dates: ['2026-12-25'] };

describe('isExcluded', () => {
  it.each<[string, Exclusions, string, string, boolean]>([
    ['nothing excluded', NOTHING_EXCLUDED, 'UTC', '2026-01-03T12:00Z', false],
    ['before a range', lunch, 'UTC', '2026-01-01T11:59:59.999Z', false],
    ['at its start', lunch, 'UTC', '2026-01-01T12:00Z', true],
    ['just before its end', lunch, 'UTC', '2026-01-01T13:29:59.999Z', true],
    ['at its end', lunch, 'UTC', '2026-01-01T13:30Z', false],
    ['in the timezone', lunch, 'Asia/Kolkata', '2026-01-01T06:30Z', true],
    ['not in UTC', lunch, 'Asia/Kolkata', '2026-01-01T12:00Z', false],
    ['before midnight', night, 'UTC', '2026-01-01T23:30Z', true],
    ['after midnight', night, 'UTC', '2026-01-01T05:59Z', true],
    ['at the end of a night', night, 'UTC', '2026-01-01T06:00Z', false],
    ['a day', weekend, 'UTC', '2026-01-03T00:00Z', true],
    ['the day as it is there', weekend, 'Pacific/Apia', '2026-01-02T11:00Z', true],
    ['the day over', weekend, 'Pacific/Apia', '2026-01-04T11:00Z', false],
    ['a date', christmas, 'UTC', '2026-12-25T23:59:59Z', true],
    ['the date as it is there', christmas, 'America/New_York', '2026-12-26T04:59:59Z', true],
    ['another year', christmas, 'UTC', '2027-12-25T12:00Z', false],
  ])('%s', (_name, exclusions, timezone, instant, expected) => {
    expect(isExcluded(exclusions, timezone, new Date(instant))).toBe(expected);
  });
});

describe('the end of an excluded stretch', () => {
  const endAfter = (exclusions: Exclusions, timezone: string, instant: string) =>
    new Date(
      new ExclusionCalendar(exclusions, timezone).changeAfter(
        Date.parse(instant),
        Date.parse('2027-06-01T00:00Z'),
      ),
    ).toISOString();

  it.each<[string, Exclusions, string, string, string]>([
    ['weekend', weekend, 'UTC', '2026-01-03T12:00Z', '2026-01-05T00:00:00.000Z'],
    ['working week', weekend, 'UTC', '2026-01-05T00:00Z', '2026-01-10T00:00:00.000Z'],
    ['night', night, 'UTC', '2026-01-03T22:00Z', '2026-01-04T06:00:00.000Z'],
    [
      'night after a weekend',
      { ...weekend, ...{ timeRange: night.timeRange } },
      'UTC',
      '2026-01-02T22:00Z',
      '2026-01-05T06:00:00.000Z',
    ],
    ['night shortened by a gap', night, 'Europe/London', '2026-03-28T23:00Z', '2026-03-29T05:00:00.000Z'],
    [
      'night lengthened by an overlap',
      night,
      'Europe/London',
      '2026-10-24T21:00Z',
      '2026-10-25T06:00:00.000Z',
    ],
    ['weekend of a change', weekend, 'America/New_York', '2026-03-07T05:00Z', '2026-03-09T04:00:00.000Z'],
    [
      'end inside a gap',
      { ...NOTHING_EXCLUDED, timeRange: { start: '00:30', end: '01:30' } },
      'Europe/London',
      '2026-03-29T00:45Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'first pass of an overlap',
      { ...NOTHING_EXCLUDED, timeRange: { start: '01:15', end: '01:45' } },
      'Europe/London',
      '2026-10-25T00:15Z',
      '2026-10-25T00:45:00.000Z',
    ],
    [
      'between the passes',
      { ...NOTHING_EXCLUDED, timeRange: { start: '01:15', end: '01:45' } },
      'Europe/London',
      '2026-10-25T00:45Z',
      '2026-10-25T01:15:00.000Z',
    ],
    [
      'a date that was skipped',
      { ...NOTHING_EXCLUDED, dates: ['2011-12-29', '2011-12-30'] },
      'Pacific/Apia',
      '2011-12-29T12:00Z',
      '2011-12-30T10:00:00.000Z',
    ],
    ['nothing excluded', NOTHING_EXCLUDED, 'UTC', '2026-01-03T12:00Z', '2027-06-01T00:00:00.000Z'],
  ])('%s', (_name, exclusions, timezone, instant, end) => {
    expect(endAfter(exclusions, timezone, instant)).toBe(end);
  });

  const CHANGES: [string, string][] = [
    ['Europe/London', '2026-03-29T01:00Z'],
    ['Europe/London', '2026-10-25T01:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['America/Havana', '2026-11-01T05:00Z'],
    ['America/Nuuk', '2026-03-29T01:00Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00Z'],
    ['Asia/Kolkata', '2026-03-29T01:00Z'],
  ];
  const changes = fc.constantFrom(...CHANGES).chain(([timezone, change]) =>
    fc.record({
      timezone: fc.constant(timezone),
      from: fc.constant(Date.parse(change) - 2 * DAY),
      exclusions: exclusionsAround(Date.parse(change) - 2 * DAY, 4),
    }),
  );

  it('is where every minute, read off the clock, says so', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 3_000 }), ({ timezone, from, exclusions }, minutes) => {
        const calendar = new ExclusionCalendar(exclusions, timezone);
        const until = from + 4 * DAY;
        const start = from + minutes * MINUTE;
        const excluded = referenceExcludes(exclusions, timezone, start);
        expect(calendar.excludes(start)).toBe(excluded);
        let expected = start;
        while (expected < until && referenceExcludes(exclusions, timezone, expected) === excluded)
          expected += MINUTE;
        expect(calendar.changeAfter(start, until)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('exclusionFaults', () => {
  const rules = (change: Partial<Record<keyof Exclusions, unknown>>) =>
    ({ ...NOTHING_EXCLUDED, ...change }) as Exclusions;

  it('accepts good rules', () => {
    const good: Exclusions = {
      dates: ['2028-02-29'],
      daysOfWeek: ['Monday'],
      timeRange: { start: '23:59', end: '00:00' },
    };
    expect(exclusionFaults(good, 'exclusions')).toEqual([]);
  });

  it.each([
    [{ dates: ['2026-01-01', '2026-02-29'] }, 'exclusions.dates.1', /no calendar date; write YYYY-MM-DD/],
    [{ dates: ['2026-13-01'] }, 'exclusions.dates.0', /no calendar date/],
    [{ dates: ['26-1-1'] }, 'exclusions.dates.0', /no calendar date/],
    [{ dates: ['2026-01-01T00:00:00Z'] }, 'exclusions.dates.0', /no calendar date/],
    [{ dates: new Array(1_001).fill('2026-01-01') }, 'exclusions.dates', /at most 1000/],
    [{ daysOfWeek: ['Monday', 'monday'] as DayOfWeek[] }, 'exclusions.daysOfWeek.1', /write one of Sunday/],
    [{ timeRange: { start: '24:00', end: '01:00' } }, 'exclusions.timeRange.start', /write HH:mm/],
    [{ timeRange: { start: '22:00', end: '6:00' } }, 'exclusions.timeRange.end', /write HH:mm/],
    [{ timeRange: { start: '22:60', end: '06:00' } }, 'exclusions.timeRange.start', /write HH:mm/],
    [{ timeRange: { start: '06:00', end: '06:00' } }, 'exclusions.timeRange', /two different times/],
  ])('refuses %j', (change, field, message) => {
    expect(exclusionFaults(rules(change), 'exclusions')).toEqual([
      { field, message: expect.stringMatching(message) },
    ]);
  });
});
