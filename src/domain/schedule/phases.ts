import { cronSequence } from './cron-sequence.js';
import { ExclusionCalendar } from './exclusions.js';
import { intervalSequence } from './interval.js';
import type { Schedule, SchedulePlan } from './schedule.js';
import { EMPTY_SEQUENCE, type Sequence, singleSequence } from './sequence.js';

/**
 * A stretch of a plan in which one schedule is in force. A plan with a successor has two phases, others one.
 * All instants are epoch milliseconds.
 */
export interface Phase {
  sequence: Sequence;
  /** First and last instant at which the schedule is in force; both may be infinite. */
  from: number;
  until: number;
  /** `null` when nothing is excluded. */
  calendar: ExclusionCalendar | null;
  /** Whether an excluded instant gives way to the next one; a once schedule has no next one. */
  skipsExcluded: boolean;
}

/** The phases of a plan, oldest first; phases that can never be in force are left out. */
export function phasesOf(plan: SchedulePlan): Phase[] {
  const from = plan.startAt?.getTime() ?? -Infinity;
  const until = plan.endAt?.getTime() ?? Infinity;
  if (!plan.successor) return inForce([phase(plan, plan.schedule, from, until)]);
  const change = plan.successor.from.getTime();
  return inForce([
    phase(plan, plan.schedule, from, Math.min(until, change - 1)),
    phase(plan, plan.successor.schedule, Math.max(from, change), until),
  ]);
}

/** The nominal instants of a schedule. */
export function sequenceOf(schedule: Schedule): Sequence {
  switch (schedule.kind) {
    case 'cron':
      return cronSequence(schedule.expression, schedule.timezone);
    case 'interval':
      return intervalSequence(schedule.anchorAt, schedule.intervalSeconds);
    case 'once':
      return singleSequence(schedule.runAt.getTime());
    case 'manual':
      return EMPTY_SEQUENCE;
  }
}

/** The first nominal instant of a phase after `after`, excluded or not. */
export function nextNominal(phase: Phase, after: number): number | null {
  const next = phase.sequence.next(Math.max(after, phase.from - 1));
  return next === null || next > phase.until ? null : next;
}

function phase(plan: SchedulePlan, schedule: Schedule, from: number, until: number): Phase {
  return {
    sequence: sequenceOf(schedule),
    from,
    until,
    calendar: plan.exclusions && new ExclusionCalendar(plan.exclusions, schedule.timezone),
    skipsExcluded: schedule.kind !== 'once',
  };
}

function inForce(phases: Phase[]): Phase[] {
  return phases.filter(({ from, until }) => from <= until);
}
