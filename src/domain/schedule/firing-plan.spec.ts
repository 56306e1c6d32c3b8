import { NOTHING_EXCLUDED, planOf } from '../../../test/support/schedule-arbitraries.js';
import { type FiringInput, planFiring } from './firing-plan.js';
import { DEFAULT_MISFIRE, type Exclusions, type MisfirePolicy, type Schedule } from './schedule.js';

const d = (text: string) => new Date(text);
const minutely: Schedule = { kind: 'cron', expression: '* * * * *', timezone: 'UTC' };
const everySecond: Schedule = {
  kind: 'interval',
  intervalSeconds: 1,
  anchorAt: d('2020-01-01T00:00:00Z'),
  timezone: 'UTC',
};
const daily: Schedule = { kind: 'cron', expression: '0 9 * * *', timezone: 'UTC' };
const once: Schedule = { kind: 'once', runAt: d('2026-01-03T10:00:00Z'), timezone: 'UTC' };
const weekend: Exclusions = { ...NOTHING_EXCLUDED, daysOfWeek: ['Saturday', 'Sunday'] };

function plan(input: Partial<FiringInput> & { dueAt: Date; now: Date }, policy: MisfirePolicy = 'fireOnce') {
  return planFiring({ plan: planOf(minutely), misfire: { ...DEFAULT_MISFIRE, policy }, ...input });
}

describe('planFiring on time', () => {
  const dueAt = d('2026-01-01T10:00:00Z');

  it('fires the one due instant and gives the next', () => {
    expect(plan({ dueAt, now: d('2026-01-01T10:00:00.004Z') })).toEqual({
      fire: [dueAt],
      missed: [],
      excluded: [],
      next: d('2026-01-01T10:01:00Z'),
      unfinished: false,
      accountedUntil: d('2026-01-01T10:00:00.004Z'),
    });
  });

  it('fires at the very instant, and nothing before it', () => {
    expect(plan({ dueAt, now: dueAt }).fire).toEqual([dueAt]);
    const early = plan({ dueAt, now: d('2026-01-01T09:59:59.999Z') });
    expect(early).toMatchObject({ fire: [], missed: [], excluded: [], next: dueAt, unfinished: false });
  });

  it('fires each of several within the grace', () => {
    const planned = plan({
      dueAt,
      now: d('2026-01-01T10:02:00Z'),
      misfire: { ...DEFAULT_MISFIRE, graceSeconds: 120 },
    });
    expect(planned.fire).toEqual([dueAt, d('2026-01-01T10:01:00Z'), d('2026-01-01T10:02:00Z')]);
    expect(planned.missed).toEqual([]);
  });

  it('takes an age of exactly the grace as on time, a millisecond more as late', () => {
    expect(plan({ dueAt, now: d('2026-01-01T10:01:00Z') }, 'skip').fire).toHaveLength(2);
    const late = plan({ dueAt, now: d('2026-01-01T10:01:00.001Z') }, 'skip');
    expect(late.fire).toEqual([d('2026-01-01T10:01:00Z')]);
    expect(late.missed).toEqual([{ first: dueAt, last: dueAt, count: 1, reason: 'misfire' }]);
  });

  it('takes instants up to the end of a pause as late', () => {
    const planned = plan({ dueAt, now: d('2026-01-01T10:00:30Z'), lateUntil: dueAt }, 'skip');
    expect(planned.fire).toEqual([]);
    expect(planned.missed).toEqual([{ first: dueAt, last: dueAt, count: 1, reason: 'misfire' }]);
    expect(
      plan({ dueAt, now: d('2026-01-01T10:00:30Z'), lateUntil: d('2026-01-01T09:59:59Z') }, 'skip').fire,
    ).toEqual([dueAt]);
  });

  it('fires a persisted instant that the plan has no more', () => {
    const odd = d('2026-01-01T10:00:17Z');
    const planned = plan({ dueAt: odd, now: d('2026-01-01T10:00:20Z') });
    expect(planned).toMatchObject({ fire: [odd], next: d('2026-01-01T10:01:00Z') });
  });
});

describe('planFiring with late instants', () => {
  const dueAt = d('2026-01-01T10:00:00Z');
  const now = d('2026-01-01T12:00:30Z');

  it('skip: misses them all, fires what is on time', () => {
    const planned = plan({ dueAt, now }, 'skip');
    expect(planned.fire).toEqual([d('2026-01-01T12:00:00Z')]);
    expect(planned.missed).toEqual([
      { first: dueAt, last: d('2026-01-01T11:59:00Z'), count: 120, reason: 'misfire' },
    ]);
  });

  it('fireOnce: fires the newest late one', () => {
    const planned = plan({ dueAt, now });
    expect(planned.fire).toEqual([d('2026-01-01T11:59:00Z'), d('2026-01-01T12:00:00Z')]);
    expect(planned.missed).toEqual([
      { first: dueAt, last: d('2026-01-01T11:58:00Z'), count: 119, reason: 'misfire' },
    ]);
  });

  it('fireOnce: fires a single late one and misses nothing', () => {
    const planned = plan({ plan: planOf(daily), dueAt: d('2026-01-01T09:00:00Z'), now });
    expect(planned).toMatchObject({
      fire: [d('2026-01-01T09:00:00Z')],
      missed: [],
      next: d('2026-01-02T09:00:00Z'),
    });
  });

  it('fireAll: fires the newest of those in the window', () => {
    const misfire = {
      policy: 'fireAll',
      graceSeconds: 60,
      catchupWindowSeconds: 3_600,
      maxCatchupRuns: 3,
    } as const;
    const planned = plan({ dueAt, now, misfire });
    expect(planned.fire).toEqual([
      d('2026-01-01T11:57:00Z'),
      d('2026-01-01T11:58:00Z'),
      d('2026-01-01T11:59:00Z'),
      d('2026-01-01T12:00:00Z'),
    ]);
    expect(planned.missed).toEqual([
      { first: dueAt, last: d('2026-01-01T11:00:00Z'), count: 61, reason: 'catchup_window' },
      {
        first: d('2026-01-01T11:01:00Z'),
        last: d('2026-01-01T11:56:00Z'),
        count: 56,
        reason: 'catchup_limit',
      },
    ]);
  });

  it('fireAll: takes an age of exactly the window as inside it', () => {
    const misfire = {
      policy: 'fireAll',
      graceSeconds: 0,
      catchupWindowSeconds: 3_600,
      maxCatchupRuns: 1_000,
    } as const;
    const planned = plan({ dueAt, now: d('2026-01-01T11:01:00Z'), misfire });
    expect(planned.fire).toHaveLength(61);
    expect(planned.missed).toEqual([{ first: dueAt, last: dueAt, count: 1, reason: 'catchup_window' }]);
  });

  it('accounts for years of seconds at once', () => {
    const planned = plan({
      plan: planOf(everySecond),
      dueAt: d('2021-01-01T00:00:00Z'),
      now: d('2026-01-01T00:00:00Z'),
    });
    expect(planned.missed).toEqual([
      {
        first: d('2021-01-01T00:00:00Z'),
        last: d('2025-12-31T23:58:58Z'),
        count: 157_766_339,
        reason: 'misfire',
      },
    ]);
    expect(planned.fire).toHaveLength(62);
    expect(planned.unfinished).toBe(false);
  });

  it('splits only fires over calls', () => {
    const misfire = {
      policy: 'fireAll',
      graceSeconds: 0,
      catchupWindowSeconds: 86_400,
      maxCatchupRuns: 50,
    } as const;
    const first = plan({ dueAt, now, misfire, limit: 30 });
    expect(first).toMatchObject({ unfinished: true, next: d('2026-01-01T11:41:00Z') });
    expect(first.fire).toHaveLength(30);
    expect(first.missed).toMatchObject([{ count: 71, reason: 'catchup_limit' }]);
    const second = plan({ dueAt: d('2026-01-01T11:41:00Z'), now, misfire, limit: 30 });
    expect(second).toMatchObject({ unfinished: false, missed: [], next: d('2026-01-01T12:01:00Z') });
    expect(second.fire).toHaveLength(20);
  });

  it('follows a successor into its schedule', () => {
    const changed = planOf(minutely, { successor: { schedule: daily, from: d('2026-01-01T10:03:00Z') } });
    const planned = plan({ plan: changed, dueAt, now }, 'skip');
    expect(planned.missed).toEqual([
      { first: dueAt, last: d('2026-01-01T10:02:00Z'), count: 3, reason: 'misfire' },
    ]);
    expect(planned).toMatchObject({ fire: [], next: d('2026-01-02T09:00:00Z') });
  });
});

describe('planFiring with exclusions', () => {
  const excludedDaily = planOf(daily, { exclusions: weekend });

  it('reports what they took between the due instants', () => {
    const planned = plan(
      { plan: excludedDaily, dueAt: d('2026-01-02T09:00:00Z'), now: d('2026-01-05T09:00:01Z') },
      'skip',
    );
    expect(planned.fire).toEqual([d('2026-01-05T09:00:00Z')]);
    expect(planned.missed).toMatchObject([{ count: 1, reason: 'misfire' }]);
    expect(planned.excluded).toEqual([
      { first: d('2026-01-03T09:00:00Z'), last: d('2026-01-04T09:00:00Z'), count: 2, reason: 'excluded' },
    ]);
  });

  it('reports what they took since the last account', () => {
    const friday = plan({
      plan: excludedDaily,
      dueAt: d('2026-01-02T09:00:00Z'),
      now: d('2026-01-02T09:00:01Z'),
    });
    expect(friday).toMatchObject({ excluded: [], next: d('2026-01-05T09:00:00Z') });
    const dueAt = d('2026-01-05T09:00:00Z');
    const monday = plan({ plan: excludedDaily, dueAt, now: dueAt, accountedUntil: friday.accountedUntil });
    expect(monday.excluded).toMatchObject([{ count: 2 }]);
    expect(plan({ plan: excludedDaily, dueAt, now: dueAt }).excluded).toEqual([]);
  });

  it('does not fire a persisted instant that is excluded by now', () => {
    const saturday = d('2026-01-03T09:00:00Z');
    const planned = plan({ plan: excludedDaily, dueAt: saturday, now: saturday });
    expect(planned).toMatchObject({ fire: [], missed: [], next: d('2026-01-05T09:00:00Z') });
    expect(planned.excluded).toEqual([{ first: saturday, last: saturday, count: 1, reason: 'excluded' }]);
  });

  it('reports nothing that was accounted for already', () => {
    const saturday = d('2026-01-03T09:00:00Z');
    const now = d('2026-01-04T10:00:00Z');
    const planned = plan({ plan: excludedDaily, dueAt: saturday, now, accountedUntil: saturday });
    expect(planned.excluded).toMatchObject([{ first: d('2026-01-04T09:00:00Z'), count: 1 }]);
  });

  it.each(['2026-01-03T10:00:01Z', '2026-01-04T10:00:00Z'])('records an excluded once, seen at %s', (now) => {
    const runAt = d('2026-01-03T10:00:00Z');
    const planned = plan({ plan: planOf(once, { exclusions: weekend }), dueAt: runAt, now: d(now) });
    expect(planned).toMatchObject({ fire: [], missed: [], next: null, unfinished: false });
    expect(planned.excluded).toEqual([{ first: runAt, last: runAt, count: 1, reason: 'excluded' }]);
  });
});

describe('planFiring of a once schedule', () => {
  it('fires it and has no next', () => {
    const runAt = d('2026-01-03T10:00:00Z');
    expect(plan({ plan: planOf(once), dueAt: runAt, now: runAt })).toMatchObject({
      fire: [runAt],
      next: null,
    });
    expect(plan({ plan: planOf(once), dueAt: runAt, now: d('2026-02-01T00:00:00Z') }, 'skip')).toMatchObject({
      fire: [],
      missed: [{ first: runAt, last: runAt, count: 1, reason: 'misfire' }],
      next: null,
    });
  });
});
