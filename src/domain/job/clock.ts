import { excludedBetween, type InstantRange, nextOccurrence } from '../schedule/next-occurrence.js';
import { occurrenceRuns } from '../schedule/occurrence-runs.js';
import type { MisfireRules, SchedulePlan } from '../schedule/schedule.js';
import type { JobState } from './job-type.js';
import { planAt, sameUpTo } from './plan.js';

/** The state of a job and where its clock stands. */
export interface JobClock {
  state: JobState;
  /** The next nominal instant; null: nothing is due. */
  nextRunAt: Date | null;
  /** Where the clock stood when the job was paused. */
  pausedRunAt: Date | null;
  /** Instants up to here are late whatever the grace: the end of a pause. */
  lateUntil: Date | null;
  /** Up to here every due instant is an execution or on record; excluded ones after it are still to be recorded. */
  accountedUntil: Date | null;
}

/** Due instants that will not become executions, and why. */
export interface SkippedStretch {
  from: Date;
  through: Date;
  instants: number;
  reason: SkipReason;
}

/** `rescheduled`, `disabled`, `deleted`: due and not yet fired when that happened. `paused`: due in a pause. */
type SkipReason = 'rescheduled' | 'disabled' | 'deleted' | 'paused';

/** What a change makes of a clock, and the due instants that it leaves behind. */
export interface ClockChange {
  clock: JobClock;
  skipped: SkippedStretch | null;
  /** Excluded instants that no firing will put on record any more; absent: none. */
  excluded?: readonly InstantRange[];
}

/** Excluded stretches that one change records at most; the last one stands for the rest. */
const MAX_EXCLUDED = 1_000;

/** The clock of a job that runs by its plan from `now` on (strictly after it). */
export function startedClock(plan: SchedulePlan, now: Date): JobClock {
  const nextRunAt = nextOccurrence(plan, now);
  const over = nextRunAt === null && plan.schedule.kind !== 'manual';
  return over ? stopped('completed') : { ...stopped('enabled'), nextRunAt, accountedUntil: now };
}

/** The clock of a job that does not run. */
export function stopped(state: JobState): JobClock {
  return { state, nextRunAt: null, pausedRunAt: null, lateUntil: null, accountedUntil: null };
}

/** Stops an enabled job's clock so that `resumedClock` can go on from there. */
export function pausedClock(clock: JobClock): JobClock {
  return { ...clock, state: 'paused', nextRunAt: null, pausedRunAt: clock.nextRunAt };
}

/**
 * Ends a pause. Instants that were due in it are skipped if the pause is within the misfire grace; after a
 * longer one they are late, and the engine applies the misfire policy to them. A one-time job's only instant
 * is never skipped so.
 */
export function resumedClock(
  clock: JobClock,
  plan: SchedulePlan,
  misfire: MisfireRules,
  now: Date,
): ClockChange {
  const dueAt = clock.pausedRunAt;
  if (dueAt === null)
    return { clock: startedClock(plan, now), skipped: null, ...excludedLeft(clock, plan, now) };
  const { lateUntil, accountedUntil } = clock;
  const resumed: JobClock = { ...stopped('enabled'), nextRunAt: dueAt, lateUntil, accountedUntil };
  if (dueAt > now) return { clock: resumed, skipped: null };
  const withinGrace = now.getTime() - dueAt.getTime() <= misfire.graceSeconds * 1000;
  if (withinGrace && planAt(plan, dueAt).schedule.kind !== 'once') {
    const started = startedClock(plan, now);
    const over = started.nextRunAt === null;
    return {
      clock: over ? started : { ...started, accountedUntil },
      skipped: dueStretch(plan, dueAt, now, 'paused'),
      ...(over ? excludedLeft(clock, plan, now) : {}),
    };
  }
  return { clock: { ...resumed, lateUntil: now }, skipped: null };
}

/**
 * Puts a new plan in the place of the old one. What was due under the old one and has not been fired is
 * skipped, unless the new plan holds only from a later instant on.
 */
export function replannedClock(
  clock: JobClock,
  from: SchedulePlan,
  to: SchedulePlan,
  now: Date,
): ClockChange {
  if (clock.state === 'disabled') return { clock, skipped: null };
  const dueAt = clock.state === 'paused' ? clock.pausedRunAt : clock.nextRunAt;
  const overdue = dueAt !== null && dueAt <= now;
  if (overdue && sameUpTo(from, to, now)) return { clock, skipped: null };
  const skipped = overdue
    ? dueStretch(from, dueAt, now, clock.state === 'paused' ? 'paused' : 'rescheduled')
    : null;
  const started = startedClock(to, now);
  return {
    clock: clock.state === 'paused' ? pausedClock(started) : started,
    skipped,
    ...excludedLeft(clock, from, now),
  };
}

/** Stops the clock for good or until the job is enabled again. */
export function stoppedClock(
  clock: JobClock,
  plan: SchedulePlan,
  now: Date,
  state: JobState,
  reason: 'disabled' | 'deleted',
): ClockChange {
  const dueAt = clock.nextRunAt ?? clock.pausedRunAt;
  const overdue = dueAt !== null && dueAt <= now;
  const why = clock.state === 'paused' ? 'paused' : reason;
  return {
    clock: stopped(state),
    skipped: overdue ? dueStretch(plan, dueAt, now, why) : null,
    ...excludedLeft(clock, plan, now),
  };
}

/** The excluded instants up to `now` that are not on record, of a clock that will not account for them itself. */
function excludedLeft(
  { accountedUntil }: JobClock,
  plan: SchedulePlan,
  now: Date,
): Pick<ClockChange, 'excluded'> {
  if (accountedUntil === null) return {};
  const excluded = excludedBetween(plan, accountedUntil, now, MAX_EXCLUDED);
  return excluded.length > 0 ? { excluded } : {};
}

function dueStretch(plan: SchedulePlan, from: Date, now: Date, reason: SkipReason): SkippedStretch {
  const stretch: SkippedStretch = { from, through: from, instants: 0, reason };
  for (const run of occurrenceRuns(plan, from.getTime() - 1, now.getTime())) {
    if (run.excluded) continue;
    stretch.through = new Date(run.last);
    stretch.instants += run.count;
  }
  return { ...stretch, instants: Math.max(stretch.instants, 1) };
}
