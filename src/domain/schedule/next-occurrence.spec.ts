import fc from 'fast-check';
import { referenceInstants, wallMinutes } from '../../../test/support/cron-reference.js';
import { referenceExcludes } from '../../../test/support/exclusion-reference.js';
import { exclusionsAround, NOTHING_EXCLUDED, planOf } from '../../../test/support/schedule-arbitraries.js';
import {
  excludedBetween,
  isExcludedInPlan,
  nextOccurrence,
  occurrencesBetween,
  upcoming,
} from './next-occurrence.js';
import type { Exclusions, Schedule, SchedulePlan } from './schedule.js';

const DAY = 86_400_000;
const d = (text: string) => new Date(text);
const iso = (dates: (Date | null)[]) =>
  dates.map((date) => date?.toISOString().replace('.000Z', 'Z') ?? null);

const daily: Schedule = { kind: 'cron', expression: '0 9 * * *', timezone: 'Europe/London' };
const everySecond: Schedule = { kind: 'cron', expression: '* * * * * *', timezone: 'Europe/London' };
const hourly: Schedule = {
  kind: 'interval',
  intervalSeconds: 3_600,
  anchorAt: d('2026-01-01T00:30:00Z'),
  timezone: 'UTC',
};
const once: Schedule = { kind: 'once', runAt: d('2026-01-03T10:00:00Z'), timezone: 'UTC' };
const manual: Schedule = { kind: 'manual', timezone: 'UTC' };
const weekend: Exclusions = { ...NOTHING_EXCLUDED, daysOfWeek: ['Saturday', 'Sunday'] };

describe('nextOccurrence', () => {
  it.each<[string, SchedulePlan, string, string | null]>([
    ['cron, strictly after', planOf(daily), '2026-01-01T09:00:00Z', '2026-01-02T09:00:00Z'],
    ['interval', planOf(hourly), '2026-01-05T10:30:00Z', '2026-01-05T11:30:00Z'],
    ['once, to come', planOf(once), '2026-01-01T00:00:00Z', '2026-01-03T10:00:00Z'],
    ['once, at its instant', planOf(once), '2026-01-03T10:00:00Z', null],
    ['manual', planOf(manual), '2026-01-01T00:00:00Z', null],
    [
      'not before startAt',
      planOf(daily, { startAt: d('2026-02-01T09:00:00Z') }),
      '2026-01-01T00:00:00Z',
      '2026-02-01T09:00:00Z',
    ],
    [
      'after a startAt of no run',
      planOf(daily, { startAt: d('2026-02-01T09:00:00.001Z') }),
      '2026-01-01T00:00:00Z',
      '2026-02-02T09:00:00Z',
    ],
    [
      'at endAt',
      planOf(daily, { endAt: d('2026-01-02T09:00:00Z') }),
      '2026-01-01T09:00:00Z',
      '2026-01-02T09:00:00Z',
    ],
    ['not after endAt', planOf(daily, { endAt: d('2026-01-02T09:00:00Z') }), '2026-01-02T09:00:00Z', null],
    [
      'once outside its bounds',
      planOf(once, { startAt: d('2026-02-01T00:00:00Z') }),
      '2026-01-01T00:00:00Z',
      null,
    ],
    [
      'past an excluded weekend',
      planOf(daily, { exclusions: weekend }),
      '2026-01-02T09:00:00Z',
      '2026-01-05T09:00:00Z',
    ],
    [
      'every second past a weekend',
      planOf(everySecond, { exclusions: weekend }),
      '2026-01-02T23:59:59Z',
      '2026-01-05T00:00:00Z',
    ],
    [
      'interval past a weekend',
      planOf(hourly, { exclusions: weekend }),
      '2026-01-02T23:30:00Z',
      '2026-01-05T00:30:00Z',
    ],
    [
      'a once stays due though excluded',
      planOf(once, { exclusions: weekend }),
      '2026-01-01T00:00:00Z',
      '2026-01-03T10:00:00Z',
    ],
    [
      'all excluded',
      planOf(daily, { exclusions: { ...NOTHING_EXCLUDED, timeRange: { start: '08:00', end: '10:00' } } }),
      '2026-01-02T09:00:00Z',
      null,
    ],
    [
      'excluded to endAt',
      planOf(daily, { exclusions: weekend, endAt: d('2026-01-04T12:00:00Z') }),
      '2026-01-02T09:00:00Z',
      null,
    ],
  ])('%s', (_name, plan, after, expected) => {
    expect(iso([nextOccurrence(plan, d(after))])).toEqual([expected]);
  });

  describe('with a successor', () => {
    const from = d('2026-01-03T09:00:00Z');
    const plan = planOf(daily, { successor: { schedule: hourly, from } });

    it('keeps the old schedule before the change and the new one from it on', () => {
      expect(iso(upcoming(plan, d('2026-01-01T12:00:00Z'), 3))).toEqual([
        '2026-01-02T09:00:00Z',
        '2026-01-03T09:30:00Z',
        '2026-01-03T10:30:00Z',
      ]);
    });

    it('lets the new one run at the very change', () => {
      const swapped = planOf(hourly, { successor: { schedule: daily, from } });
      expect(iso(upcoming(swapped, d('2026-01-03T08:00:00Z'), 2))).toEqual([
        '2026-01-03T08:30:00Z',
        '2026-01-03T09:00:00Z',
      ]);
    });

    it('may begin or end with nothing', () => {
      const begins = planOf(manual, { successor: { schedule: daily, from } });
      expect(iso([nextOccurrence(begins, d('2026-01-01T00:00:00Z'))])).toEqual(['2026-01-03T09:00:00Z']);
      const ends = planOf(daily, { successor: { schedule: manual, from } });
      expect(iso(upcoming(ends, d('2026-01-01T09:00:00Z'), 5))).toEqual(['2026-01-02T09:00:00Z']);
    });

    it('reads exclusions in the timezone of the schedule in force', () => {
      const apia: Schedule = { kind: 'cron', expression: '0 12 * * *', timezone: 'Pacific/Apia' };
      const moved = planOf(daily, {
        exclusions: weekend,
        successor: { schedule: apia, from: d('2026-01-02T12:00:00Z') },
      });
      // Friday 09:00 in London; then it is Saturday in Apia. Monday noon there is Sunday in UTC.
      expect(iso(upcoming(moved, d('2026-01-01T12:00:00Z'), 2))).toEqual([
        '2026-01-02T09:00:00Z',
        '2026-01-04T23:00:00Z',
      ]);
    });
  });
});

describe('occurrencesBetween and upcoming', () => {
  it('hold both ends', () => {
    const found = occurrencesBetween(planOf(daily), d('2026-01-01T09:00:00Z'), d('2026-01-03T09:00:00Z'), 10);
    expect(iso(found)).toEqual(['2026-01-01T09:00:00Z', '2026-01-02T09:00:00Z', '2026-01-03T09:00:00Z']);
  });

  it('give no more than asked for', () => {
    expect(
      occurrencesBetween(planOf(everySecond), d('2026-01-01T00:00:00Z'), d('2027-01-01T00:00:00Z'), 7),
    ).toHaveLength(7);
    expect(
      occurrencesBetween(planOf(daily), d('2026-01-01T09:00:00Z'), d('2026-01-03T09:00:00Z'), 0),
    ).toEqual([]);
    expect(upcoming(planOf(everySecond), d('2026-01-01T00:00:00Z'), 5)).toHaveLength(5);
    expect(upcoming(planOf(once), d('2026-01-01T00:00:00Z'), 5)).toEqual([d('2026-01-03T10:00:00Z')]);
    expect(upcoming(planOf(daily), d('2026-01-01T00:00:00Z'), 0)).toEqual([]);
  });
});

describe('excludedBetween', () => {
  it('counts the seconds of a weekend without listing them', () => {
    const plan = planOf(everySecond, { exclusions: weekend });
    const ranges = excludedBetween(plan, d('2026-01-02T12:00:00Z'), d('2026-01-12T12:00:00Z'), 10);
    expect(ranges).toEqual([
      { first: d('2026-01-03T00:00:00Z'), last: d('2026-01-04T23:59:59Z'), count: 172_800 },
      { first: d('2026-01-10T00:00:00Z'), last: d('2026-01-11T23:59:59Z'), count: 172_800 },
    ]);
  });

  it('counts a weekend that a clock change shortens', () => {
    const plan = planOf(everySecond, { exclusions: weekend });
    const [range] = excludedBetween(plan, d('2026-03-27T12:00:00Z'), d('2026-03-31T12:00:00Z'), 10);
    expect(range).toEqual({
      first: d('2026-03-28T00:00:00Z'),
      last: d('2026-03-29T22:59:59Z'),
      count: 169_200,
    });
  });

  it('is open at its start, closed at its end, and lets the last range stand for the rest', () => {
    const plan = planOf(daily, { exclusions: weekend });
    const [after, until] = [d('2026-01-03T09:00:00Z'), d('2026-01-17T09:00:00Z')];
    expect(excludedBetween(plan, after, until, 9).map(({ count }) => count)).toEqual([1, 2, 1]);
    expect(excludedBetween(plan, after, until, 2)).toEqual([
      { first: d('2026-01-04T09:00:00Z'), last: d('2026-01-04T09:00:00Z'), count: 1 },
      { first: d('2026-01-10T09:00:00Z'), last: until, count: 3 },
    ]);
  });

  it('is empty without exclusions, and holds an excluded once', () => {
    expect(excludedBetween(planOf(daily), d('2026-01-01T00:00:00Z'), d('2026-02-01T00:00:00Z'), 9)).toEqual(
      [],
    );
    const plan = planOf(once, { exclusions: weekend });
    const runAt = d('2026-01-03T10:00:00Z');
    expect(excludedBetween(plan, d('2026-01-01T00:00:00Z'), runAt, 9)).toEqual([
      { first: runAt, last: runAt, count: 1 },
    ]);
    expect(isExcludedInPlan(plan, runAt)).toBe(true);
    expect(isExcludedInPlan(plan, d('2026-01-05T10:00:00Z'))).toBe(false);
  });
});

describe('against a list of every instant, over a clock change', () => {
  const CHANGES: [string, string][] = [
    ['Europe/London', '2026-03-29T01:00Z'],
    ['Europe/London', '2026-10-25T01:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['America/Havana', '2026-03-08T05:00Z'],
    ['America/Nuuk', '2026-03-29T01:00Z'],
  ];
  const windows = CHANGES.map(([timezone, change]) => {
    const from = Date.parse(change) - 2 * DAY;
    return { timezone, from, to: from + 4 * DAY, minutes: wallMinutes(timezone, from, from + 4 * DAY) };
  });
  const cases = fc.constantFrom(...windows).chain((window) =>
    fc.record({
      window: fc.constant(window),
      expression: fc.constantFrom(
        '0 * * * *',
        '*/7 * * * *',
        '30 1,2,23 * * *',
        '0 0 * * *',
        '15,45 0-4 * * *',
        '* 1-3 * * *',
      ),
      exclusions: exclusionsAround(window.from, 4),
    }),
  );

  it('skips what is excluded and nothing else', () => {
    fc.assert(
      fc.property(cases, ({ window: { timezone, from, to, minutes }, expression, exclusions }) => {
        const plan = planOf({ kind: 'cron', expression, timezone }, { exclusions });
        const start = from + DAY / 4;
        const end = to - 1;
        const all = referenceInstants(expression, minutes).filter((at) => at >= start);
        const open = all.filter((at) => !referenceExcludes(exclusions, timezone, at));
        expect(occurrencesBetween(plan, new Date(start), new Date(end), 10_000).map(Number)).toEqual(open);
        const ranges = excludedBetween(plan, new Date(start - 1), new Date(end), 10_000);
        const excludedCount = ranges.reduce((sum, range) => sum + range.count, 0);
        expect(excludedCount).toBe(all.length - open.length);
        const covered = all.filter((at) =>
          ranges.some(({ first, last }) => first.getTime() <= at && at <= last.getTime()),
        );
        expect(covered).toEqual(all.filter((at) => !open.includes(at)));
      }),
      { numRuns: 120 },
    );
  });
});
