import type { Schedule, SchedulePlan } from '../../domain/schedule/schedule.js';

/** The plan of a workflow: its schedule alone, without bounds and exclusions. */
export function planOf(schedule: Schedule): SchedulePlan {
  return { schedule, startAt: null, endAt: null, exclusions: null, successor: null };
}
