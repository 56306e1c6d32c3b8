import type { Schedule, SchedulePlan } from '../schedule/schedule.js';
import { planAt, rescheduled, samePlan, sameUpTo } from './plan.js';

const old: Schedule = { kind: 'cron', expression: '0 * * * *', timezone: 'UTC' };
const next: Schedule = { kind: 'cron', expression: '30 * * * *', timezone: 'UTC' };
const now = new Date('2030-03-01T10:00:00Z');
const later = new Date('2030-03-02T00:00:00Z');
const plan: SchedulePlan = { schedule: old, startAt: null, endAt: now, exclusions: null, successor: null };

describe('rescheduled', () => {
  it.each([null, now, new Date(now.getTime() - 1)])('puts the schedule in place at once (%p)', (from) => {
    expect(rescheduled(plan, next, from, now)).toEqual({ ...plan, schedule: next });
  });

  it('keeps the present schedule until a later instant', () => {
    expect(rescheduled(plan, next, later, now)).toEqual({
      ...plan,
      successor: { schedule: next, from: later },
    });
  });

  it('replaces a pending change', () => {
    const pending = { ...plan, successor: { schedule: old, from: later } };
    expect(rescheduled(pending, next, null, now)).toEqual({ ...plan, schedule: next });
  });

  it('builds on a change that has come into force', () => {
    const changed = { ...plan, successor: { schedule: next, from: now } };
    expect(rescheduled(changed, old, later, now)).toEqual({
      ...plan,
      schedule: next,
      successor: { schedule: old, from: later },
    });
  });
});

describe('planAt', () => {
  const changing = { ...plan, successor: { schedule: next, from: later } };

  it('leaves a pending change pending', () => {
    expect(planAt(changing, new Date(later.getTime() - 1))).toEqual(changing);
  });

  it('lets the successor take over at its instant', () => {
    expect(planAt(changing, later)).toEqual({ ...plan, schedule: next });
  });
});

describe('comparison of plans', () => {
  const changing = { ...plan, successor: { schedule: next, from: later } };

  it('tells plans apart by every part', () => {
    expect(samePlan(plan, structuredClone(plan))).toBe(true);
    expect(samePlan(plan, { ...plan, schedule: next })).toBe(false);
    expect(samePlan(plan, { ...plan, startAt: now })).toBe(false);
    expect(samePlan(plan, changing)).toBe(false);
  });

  it('does not mind what differs only later', () => {
    expect(sameUpTo(plan, changing, now)).toBe(true);
    expect(sameUpTo(plan, changing, later)).toBe(false);
  });
});
