import fc from 'fast-check';
import {
  DAYS_OF_WEEK,
  type Exclusions,
  type MisfireRules,
  type Schedule,
  type SchedulePlan,
} from '../../src/domain/schedule/schedule.js';

/** A plan with one schedule and nothing else. */
export function planOf(schedule: Schedule, rest: Partial<SchedulePlan> = {}): SchedulePlan {
  return { schedule, startAt: null, endAt: null, exclusions: null, successor: null, ...rest };
}

export const NOTHING_EXCLUDED: Exclusions = { dates: [], daysOfWeek: [], timeRange: null };

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '07', '30', '59'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);
const timeRange = fc.record({ start: clock, end: clock }).filter(({ start, end }) => start !== end);

/** Exclusion rules about `days` days from `from` on. */
export function exclusionsAround(from: number, days: number): fc.Arbitrary<Exclusions> {
  const date = fc
    .integer({ min: 0, max: days })
    .map((offset) => new Date(from + offset * 86_400_000).toISOString().slice(0, 10));
  return fc.record({
    dates: fc.array(date, { maxLength: 2 }),
    daysOfWeek: fc.subarray([...DAYS_OF_WEEK], { maxLength: 3 }),
    timeRange: fc.option(timeRange),
  });
}

export const misfireRules: fc.Arbitrary<MisfireRules> = fc.record({
  policy: fc.constantFrom('fireOnce', 'fireAll', 'skip'),
  graceSeconds: fc.constantFrom(0, 60, 3_600, 43_200),
  catchupWindowSeconds: fc.constantFrom(0, 3_600, 36_000, 86_400, 1e9),
  maxCatchupRuns: fc.constantFrom(0, 1, 3, 20, 1_000),
});
