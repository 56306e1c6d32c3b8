import { planFiring, type FiringPlan } from '../../domain/schedule/firing-plan.js';
import type { InstantRange } from '../../domain/schedule/next-occurrence.js';
import type { Clock } from './clock.js';

/** A due clock with what its firing will do. */
export interface Firing {
  clock: Clock;
  plan: FiringPlan;
}

/** A due instant, or a stretch of them, that does not become an execution. */
export interface Note {
  jobId: string;
  range: InstantRange;
  reason: string;
  result: 'skipped' | 'missed' | 'excluded';
}

/** Due instants handled in one round; more of the same job follow in the next. */
const INSTANTS_A_ROUND = 1_000;

/** Decides what the firing of a clock does, by its misfire rules. */
export function firingOf(clock: Clock, now: Date): Firing {
  const plan = planFiring({
    plan: clock.plan,
    dueAt: clock.dueAt,
    now,
    misfire: clock.misfire,
    lateUntil: clock.lateUntil,
    accountedUntil: clock.accountedUntil,
    limit: INSTANTS_A_ROUND,
  });
  return { clock, plan };
}

/** The instants of a firing that become no execution. */
export function notesOf({ clock, plan }: Firing): Note[] {
  const { jobId } = clock;
  return [
    ...plan.missed.map((range): Note => ({ jobId, range, reason: range.reason, result: 'missed' })),
    ...plan.excluded.map((range): Note => ({ jobId, range, reason: range.reason, result: 'excluded' })),
  ];
}

/** The clock as it stands after its firing; null when the schedule has ended. */
export function advanced({ clock, plan }: Firing): Clock | null {
  return plan.next === null
    ? null
    : {
        ...clock,
        dueAt: plan.next,
        accountedUntil: plan.accountedUntil,
        version: clock.version + 1n,
      };
}
