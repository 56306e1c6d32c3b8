import { withExclusions } from './exclusion-change.js';
import type { Exclusions, SchedulePlan } from './schedule.js';

function plan(exclusions: Exclusions | null): SchedulePlan {
  return {
    schedule: { kind: 'manual', timezone: 'UTC' },
    startAt: null,
    endAt: null,
    exclusions,
    successor: null,
  };
}

const night = { start: '22:00', end: '06:00' };

describe('withExclusions', () => {
  it('replaces the kinds that are named and keeps the others', () => {
    const present: Exclusions = { dates: ['2030-01-01'], daysOfWeek: ['Sunday'], timeRange: night };
    expect(withExclusions(plan(present), { dates: ['2030-12-25'] }).exclusions).toEqual({
      ...present,
      dates: ['2030-12-25'],
    });
    expect(withExclusions(plan(present), { timeRange: null }).exclusions).toEqual({
      ...present,
      timeRange: null,
    });
    expect(withExclusions(plan(null), { daysOfWeek: ['Monday'] }).exclusions).toEqual({
      dates: [],
      daysOfWeek: ['Monday'],
      timeRange: null,
    });
  });

  it('keeps dates in order and nothing twice', () => {
    const change = {
      dates: ['2031-01-01', '2030-01-01', '2031-01-01'],
      daysOfWeek: ['Sunday', 'Sunday'],
    } as const;
    expect(
      withExclusions(plan(null), { dates: [...change.dates], daysOfWeek: [...change.daysOfWeek] }).exclusions,
    ).toEqual({ dates: ['2030-01-01', '2031-01-01'], daysOfWeek: ['Sunday'], timeRange: null });
  });

  it('leaves no rules behind when the last one goes', () => {
    const present: Exclusions = { dates: [], daysOfWeek: ['Sunday'], timeRange: null };
    expect(withExclusions(plan(present), { daysOfWeek: [] }).exclusions).toBeNull();
    expect(withExclusions(plan(present), { daysOfWeek: null }).exclusions).toBeNull();
  });
});
