import { NOTHING_EXCLUDED, planOf } from '../../../test/support/schedule-arbitraries.js';
import type { Exclusions, Schedule, SchedulePlan } from './schedule.js';
import { scheduleFaults } from './schedule-faults.js';

const d = (text: string) => new Date(text);
const now = d('2026-01-01T12:00:00Z');
const cron = (expression: string, timezone = 'UTC'): Schedule => ({ kind: 'cron', expression, timezone });
const interval = (intervalSeconds: number): Schedule => ({
  kind: 'interval',
  intervalSeconds,
  anchorAt: now,
  timezone: 'UTC',
});
const once = (runAt: string): Schedule => ({ kind: 'once', runAt: d(runAt), timezone: 'UTC' });
const manual: Schedule = { kind: 'manual', timezone: 'UTC' };
const weekend: Exclusions = { ...NOTHING_EXCLUDED, daysOfWeek: ['Saturday', 'Sunday'] };
const morning: Exclusions = { ...NOTHING_EXCLUDED, timeRange: { start: '08:00', end: '10:00' } };
const everyDay: Exclusions = {
  ...NOTHING_EXCLUDED,
  daysOfWeek: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
};

describe('scheduleFaults', () => {
  it.each<[string, SchedulePlan]>([
    ['a cron', planOf(cron('*/5 * * * *', 'Europe/London'))],
    ['the shortest interval', planOf(interval(1))],
    ['the longest interval', planOf(interval(31_536_000))],
    ['a once to come', planOf(once('2026-01-01T12:00:00.001Z'))],
    ['manual', planOf(manual)],
    ['manual that is all excluded', planOf(manual, { exclusions: everyDay })],
    [
      'bounds',
      planOf(cron('0 9 * * *'), { startAt: d('2026-02-01T00:00:00Z'), endAt: d('2026-02-02T00:00:00Z') }),
    ],
    ['a run at endAt only', planOf(cron('0 9 2 1 *'), { endAt: d('2026-01-02T09:00:00Z') })],
    ['a leap day beyond five years', planOf(cron('0 0 29 2 *'), { startAt: d('2096-03-01T00:00:00Z') })],
    ['exclusions that leave something', planOf(cron('0 9 * * *'), { exclusions: weekend })],
    [
      'one run in the fifth year',
      planOf(cron('0 0 1 1 *'), {
        exclusions: { ...NOTHING_EXCLUDED, dates: ['2027-01-01', '2028-01-01', '2029-01-01', '2030-01-01'] },
      }),
    ],
    [
      'the successor of a once that is past',
      planOf(once('2020-01-01T00:00:00Z'), { successor: { schedule: cron('0 9 * * *'), from: now } }),
    ],
  ])('accepts %s', (_name, plan) => {
    expect(scheduleFaults(plan, now)).toEqual([]);
  });

  it.each<[string, SchedulePlan, string, RegExp]>([
    ['a bad expression', planOf(cron('61 * * * *')), 'scheduleExpression', /not between 0 and 59/],
    ['30 February', planOf(cron('0 0 30 2 *')), 'scheduleExpression', /no date that exists/],
    ['a bad timezone', planOf(cron('0 9 * * *', 'Mars/Olympus')), 'timezone', /write a name such as/],
    ['an empty timezone', planOf({ kind: 'manual', timezone: '' }), 'timezone', /is empty; write/],
    ['an interval of nothing', planOf(interval(0)), 'intervalSeconds', /from 1 to 31536000/],
    ['an interval over a year', planOf(interval(31_536_001)), 'intervalSeconds', /from 1 to 31536000/],
    ['half a second', planOf(interval(1.5)), 'intervalSeconds', /whole number/],
    ['an interval that is no number', planOf(interval(Number.NaN)), 'intervalSeconds', /whole number/],
    ['a once in the past', planOf(once('2026-01-01T11:59:59.999Z')), 'runAt', /is in the past; write/],
    ['a once right now', planOf(once('2026-01-01T12:00:00Z')), 'runAt', /is in the past/],
    ['a once that is no instant', planOf(once('nonsense')), 'runAt', /no instant/],
    [
      'endAt at startAt',
      planOf(cron('* * * * *'), { startAt: d('2026-02-01T00:00:00Z'), endAt: d('2026-02-01T00:00:00Z') }),
      'endAt',
      /must be after startAt/,
    ],
    [
      'a startAt that is no instant',
      planOf(cron('* * * * *'), { startAt: d('nonsense') }),
      'startAt',
      /no instant/,
    ],
    [
      'an endAt beyond the calendar',
      planOf(cron('* * * * *'), { endAt: d('3000-01-01T00:00:00Z') }),
      'endAt',
      /between 1970 and 2500/,
    ],
    [
      'no run before endAt',
      planOf(cron('0 9 * * *'), { endAt: d('2026-01-02T08:59:59Z') }),
      'endAt',
      /no time at which/,
    ],
    [
      'an endAt in the past',
      planOf(cron('* * * * *'), { endAt: d('2025-01-01T00:00:00Z') }),
      'endAt',
      /no time at which/,
    ],
    [
      'a once before startAt',
      planOf(once('2026-01-02T00:00:00Z'), { startAt: d('2026-01-03T00:00:00Z') }),
      'startAt',
      /no time at which/,
    ],
    [
      'all days excluded',
      planOf(interval(1), { exclusions: everyDay }),
      'exclusions',
      /every run of the next 5 years/,
    ],
    [
      'the time of day excluded',
      planOf(cron('0 9 * * *'), { exclusions: morning }),
      'exclusions',
      /every run of the next 5 years/,
    ],
    [
      'a bad exclusion',
      planOf(cron('0 9 * * *'), { exclusions: { ...weekend, dates: ['2026-02-30'] } }),
      'exclusions.dates.0',
      /no calendar date/,
    ],
    [
      'a successor with faults',
      planOf(manual, { successor: { schedule: interval(0), from: now } }),
      'intervalSeconds',
      /whole number/,
    ],
    [
      'a successor that comes after the end',
      planOf(cron('0 9 * * *'), {
        endAt: d('2026-02-01T00:00:00Z'),
        successor: { schedule: interval(60), from: d('2026-03-01T00:00:00Z') },
      }),
      'endAt',
      /no time at which/,
    ],
  ])('refuses %s', (_name, plan, field, message) => {
    expect(scheduleFaults(plan, now)).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it('takes a single run that is excluded: it ends on record', () => {
    expect(scheduleFaults(planOf(once('2026-01-03T09:00:00Z'), { exclusions: weekend }), now)).toEqual([]);
  });

  it('names all faults at once', () => {
    const plan = planOf(cron('61 25 * * *', ''), {
      startAt: d('2026-02-02T00:00:00Z'),
      endAt: d('2026-02-01T00:00:00Z'),
      exclusions: { dates: ['x'], daysOfWeek: [], timeRange: { start: '1', end: '2' } },
    });
    expect(scheduleFaults(plan, now).map(({ field }) => field)).toEqual([
      'scheduleExpression',
      'scheduleExpression',
      'timezone',
      'endAt',
      'exclusions.dates.0',
      'exclusions.timeRange.start',
      'exclusions.timeRange.end',
    ]);
  });

  it('uses the names and the cron fields of the dialect', () => {
    const options = {
      names: { scheduleExpression: 'cron', endAt: 'end_at', startAt: 'start_at' },
      cronFields: 5,
    } as const;
    const bounds = { startAt: d('2026-02-02T00:00:00Z'), endAt: d('2026-02-01T00:00:00Z') };
    expect(scheduleFaults(planOf(cron('0 0 9 * * *'), bounds), now, options)).toEqual([
      { field: 'cron', message: expect.stringContaining('write 5 fields, such as') },
      { field: 'end_at', message: 'must be after start_at' },
    ]);
  });
});
