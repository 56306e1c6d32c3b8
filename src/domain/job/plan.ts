import type { FieldFault } from '../errors.js';
import type { Schedule, SchedulePlan } from '../schedule/schedule.js';
import { sameContent } from './same-content.js';

/** The plan as it holds from `now` on: a successor whose time has come has taken over. */
export function planAt(plan: SchedulePlan, now: Date): SchedulePlan {
  if (plan.successor === null || plan.successor.from > now) return plan;
  return { ...plan, schedule: plan.successor.schedule, successor: null };
}

/** Whether two plans make the same instants due up to `now`, whatever they do later. */
export function sameUpTo(a: SchedulePlan, b: SchedulePlan, now: Date): boolean {
  return sameContent({ ...planAt(a, now), successor: null }, { ...planAt(b, now), successor: null });
}

/** Whether two plans make the same instants due. */
export function samePlan(a: SchedulePlan, b: SchedulePlan): boolean {
  return sameContent(a, b);
}

/**
 * The plan with another schedule: at once, or from `from` on with the present schedule in force until then.
 * @param from null or not after `now`: at once
 */
export function rescheduled(
  plan: SchedulePlan,
  schedule: Schedule,
  from: Date | null,
  now: Date,
): SchedulePlan {
  const present = planAt(plan, now);
  if (from === null || from <= now) return { ...present, schedule, successor: null };
  return { ...present, successor: { schedule, from } };
}

/** What keeps a schedule from holding from `from` on: its only run comes before that. */
export function rescheduleFaults(schedule: Schedule, from: Date | null): FieldFault[] {
  if (schedule.kind !== 'once' || from === null || schedule.runAt >= from) return [];
  return [{ field: 'runAt', message: `is before ${from.toISOString()}, from when the schedule is to hold` }];
}
