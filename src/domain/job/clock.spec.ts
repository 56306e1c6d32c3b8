import { DEFAULT_MISFIRE, type Schedule, type SchedulePlan } from '../schedule/schedule.js';
import {
  type JobClock,
  pausedClock,
  replannedClock,
  resumedClock,
  startedClock,
  stopped,
  stoppedClock,
} from './clock.js';

const at = (time: string) => new Date(`2030-03-01T${time}Z`);
const minutely: Schedule = { kind: 'cron', expression: '* * * * *', timezone: 'UTC' };
const hourly: Schedule = {
  kind: 'interval',
  intervalSeconds: 3600,
  anchorAt: at('00:00:00'),
  timezone: 'UTC',
};
const onceAtNoon: Schedule = { kind: 'once', runAt: at('12:00:00'), timezone: 'UTC' };

function plan(schedule: Schedule, rest: Partial<SchedulePlan> = {}): SchedulePlan {
  return { schedule, startAt: null, endAt: null, exclusions: null, successor: null, ...rest };
}

function running(nextRunAt: Date | null, accountedUntil: Date | null = null): JobClock {
  return { ...stopped('enabled'), nextRunAt, accountedUntil };
}

const grace = { ...DEFAULT_MISFIRE, graceSeconds: 60 };

describe('startedClock', () => {
  it('is due strictly after now', () => {
    const now = at('10:00:00');
    expect(startedClock(plan(minutely), now)).toEqual(running(at('10:01:00'), now));
  });

  it('is completed when no instant is left', () => {
    expect(startedClock(plan(onceAtNoon), at('12:00:00'))).toEqual(stopped('completed'));
  });

  it('is enabled with nothing due when it runs only on demand', () => {
    const now = at('12:00:00');
    expect(startedClock(plan({ kind: 'manual', timezone: 'UTC' }), now)).toEqual(running(null, now));
  });
});

describe('pausedClock and resumedClock', () => {
  const paused = (nextRunAt: Date | null) => pausedClock(running(nextRunAt));

  it('goes on where it stood when nothing was due in the pause', () => {
    const change = resumedClock(paused(at('12:00:00')), plan(hourly), grace, at('11:59:59.999'));
    expect(change).toEqual({ clock: running(at('12:00:00')), skipped: null });
  });

  it('skips what was due in a pause within the grace and goes on after now', () => {
    const change = resumedClock(paused(at('10:01:00')), plan(minutely), grace, at('10:02:00'));
    expect(change).toEqual({
      clock: running(at('10:03:00')),
      skipped: { from: at('10:01:00'), through: at('10:02:00'), instants: 2, reason: 'paused' },
    });
  });

  it('leaves a longer pause to the misfire policy', () => {
    const now = at('10:02:00.001');
    const change = resumedClock(paused(at('10:01:00')), plan(minutely), grace, now);
    expect(change).toEqual({ clock: { ...running(at('10:01:00')), lateUntil: now }, skipped: null });
  });

  it('never skips the only run of a one-time job', () => {
    const now = at('12:00:01');
    const change = resumedClock(paused(at('12:00:00')), plan(onceAtNoon), grace, now);
    expect(change).toEqual({ clock: { ...running(at('12:00:00')), lateUntil: now }, skipped: null });
  });

  it('starts anew when nothing was left at the pause', () => {
    expect(resumedClock(paused(null), plan(hourly), grace, at('10:30:00')).clock).toEqual(
      running(at('11:00:00'), at('10:30:00')),
    );
    expect(resumedClock(paused(null), plan(onceAtNoon), grace, at('13:00:00')).clock).toEqual(
      stopped('completed'),
    );
  });

  it('keeps what is still to be accounted for', () => {
    const accounted = at('09:00:00');
    const clock = pausedClock(running(at('10:01:00'), accounted));
    expect(clock.accountedUntil).toEqual(accounted);
    for (const now of [at('10:00:30'), at('10:02:00'), at('11:00:00')]) {
      expect(resumedClock(clock, plan(minutely), grace, now).clock.accountedUntil).toEqual(accounted);
    }
  });

  it('counts a very long stretch without listing it', () => {
    const longGrace = { ...grace, graceSeconds: 11 * 31_536_000 };
    const from = new Date('2020-03-01T00:01:00Z');
    const change = resumedClock(paused(from), plan(minutely), longGrace, at('00:00:00'));
    expect(change.skipped?.instants).toBe((at('00:00:00').getTime() - from.getTime()) / 60_000 + 1);
  });
});

describe('replannedClock', () => {
  it('is due by the new plan, strictly after now', () => {
    const change = replannedClock(running(at('11:00:00')), plan(hourly), plan(minutely), at('10:30:00'));
    expect(change).toEqual({ clock: running(at('10:31:00'), at('10:30:00')), skipped: null });
  });

  it('records what was due under the old plan and had not been fired', () => {
    const change = replannedClock(running(at('10:29:00')), plan(minutely), plan(hourly), at('10:30:00'));
    expect(change).toEqual({
      clock: running(at('11:00:00'), at('10:30:00')),
      skipped: { from: at('10:29:00'), through: at('10:30:00'), instants: 2, reason: 'rescheduled' },
    });
  });

  it('leaves an overdue run due when the new schedule holds only from later on', () => {
    const overdue = running(at('10:30:00'));
    const later = plan(minutely, { successor: { schedule: hourly, from: at('12:30:00') } });
    expect(replannedClock(overdue, plan(minutely), later, at('10:30:00.010'))).toEqual({
      clock: overdue,
      skipped: null,
    });
  });

  it('heeds a successor that comes before the next run', () => {
    const later = plan(hourly, { successor: { schedule: minutely, from: at('10:45:00') } });
    const change = replannedClock(running(at('11:00:00')), plan(hourly), later, at('10:30:00'));
    expect(change.clock.nextRunAt).toEqual(at('10:45:00'));
  });

  it('stays paused, with the new plan for its resumption and what was due in the pause on record', () => {
    const paused = pausedClock(running(at('10:00:00')));
    const change = replannedClock(paused, plan(hourly), plan(minutely), at('10:30:00'));
    expect(change).toEqual({
      clock: { ...stopped('paused'), pausedRunAt: at('10:31:00'), accountedUntil: at('10:30:00') },
      skipped: { from: at('10:00:00'), through: at('10:00:00'), instants: 1, reason: 'paused' },
    });
  });

  it('brings a completed job back to life', () => {
    const change = replannedClock(stopped('completed'), plan(onceAtNoon), plan(hourly), at('12:30:00'));
    expect(change).toEqual({ clock: running(at('13:00:00'), at('12:30:00')), skipped: null });
  });

  it('leaves a disabled job disabled', () => {
    const change = replannedClock(stopped('disabled'), plan(hourly), plan(minutely), at('12:30:00'));
    expect(change).toEqual({ clock: stopped('disabled'), skipped: null });
  });
});

describe('stoppedClock', () => {
  it.each(['disabled', 'deleted'] as const)('records what was due and unfired when it is %s', (reason) => {
    const change = stoppedClock(
      running(at('10:00:00')),
      plan(minutely),
      at('10:00:00.005'),
      'disabled',
      reason,
    );
    expect(change).toEqual({
      clock: stopped('disabled'),
      skipped: { from: at('10:00:00'), through: at('10:00:00'), instants: 1, reason },
    });
  });

  it('records runs due in a pause as such', () => {
    const paused = pausedClock(running(at('10:00:00')));
    const change = stoppedClock(paused, plan(hourly), at('11:00:00'), 'disabled', 'disabled');
    expect(change.skipped).toMatchObject({ instants: 2, reason: 'paused' });
  });

  it('records nothing when nothing was due', () => {
    expect(
      stoppedClock(running(at('11:00:00')), plan(hourly), at('10:00:00'), 'disabled', 'disabled').skipped,
    ).toBeNull();
  });
});

describe('excluded instants since the last firing', () => {
  const nights = plan(hourly, {
    exclusions: { dates: [], daysOfWeek: [], timeRange: { start: '00:00', end: '06:00' } },
  });
  const clock = running(at('06:00:00'), at('01:30:00'));
  const now = at('04:30:00');
  const excluded = [{ first: at('02:00:00'), last: at('04:00:00'), count: 3 }];

  it('are on record when the plan is replaced, and accounted for from then on', () => {
    const change = replannedClock(clock, nights, plan(hourly), now);
    expect(change).toEqual({ clock: running(at('05:00:00'), now), skipped: null, excluded });
  });

  it('are on record when the job is disabled or deleted', () => {
    expect(stoppedClock(clock, nights, now, 'disabled', 'disabled')).toMatchObject({ excluded });
  });

  it('are on record when a paused job is given another plan or starts anew', () => {
    expect(replannedClock(pausedClock(clock), nights, plan(hourly), now)).toMatchObject({ excluded });
    const nothingLeft = { ...pausedClock(clock), pausedRunAt: null };
    expect(resumedClock(nothingLeft, nights, grace, now)).toMatchObject({ excluded });
  });

  it('are left to the next firing where the clock goes on', () => {
    expect(resumedClock(pausedClock(clock), nights, grace, now)).toEqual({ clock, skipped: null });
  });

  it('are counted without being listed over a long time', () => {
    const cron: Schedule = { kind: 'cron', expression: '0 * * * *', timezone: 'UTC' };
    const since = running(null, new Date('2020-03-01T00:00:00Z'));
    const decade = replannedClock(since, { ...nights, schedule: cron }, plan(hourly), now);
    expect(decade.excluded).toHaveLength(1_000);
    expect(decade.excluded?.reduce((sum, range) => sum + range.count, 0)).toBe(3_652 * 6 + 4);
  });
});
