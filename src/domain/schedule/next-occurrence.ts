import { occurrenceRuns } from './occurrence-runs.js';
import { nextNominal, type Phase, phasesOf } from './phases.js';
import type { SchedulePlan } from './schedule.js';
import { DAY } from './zone-segments.js';

/** How far past the first nominal instant, in milliseconds, one that is not excluded is looked for. */
const SEARCH_HORIZON = 60 * 366 * DAY;
/** Over how many excluded stretches it is looked for: ten years of daily ones, so that no search is long. */
const MAX_STRETCHES = 4_000;

/** Neighbouring instants with one fate: how many lie from `first` to `last`, both included. */
export interface InstantRange {
  first: Date;
  last: Date;
  count: number;
}

/**
 * The first instant strictly after `after` at which the plan is due, or `null` when there is none.
 * Cron and interval schedules skip what is excluded. A once schedule stays due although excluded, so that
 * its exclusion is recorded when it comes (see `planFiring`).
 */
export function nextOccurrence(plan: SchedulePlan, after: Date): Date | null {
  const next = nextDue(plan, after.getTime());
  return next === null ? null : new Date(next);
}

/** `nextOccurrence` in epoch milliseconds; exclusions are followed for at most `horizon` milliseconds. */
export function nextDue(plan: SchedulePlan, after: number, horizon = SEARCH_HORIZON): number | null {
  for (const phase of phasesOf(plan)) {
    const next = nextDueInPhase(phase, after, horizon);
    if (next !== null) return next;
  }
  return null;
}

/** The instants in [from, to] at which the plan is due, in order, at most `limit`. */
export function occurrencesBetween(plan: SchedulePlan, from: Date, to: Date, limit: number): Date[] {
  const found: Date[] = [];
  let next = nextDue(plan, from.getTime() - 1);
  while (next !== null && next <= to.getTime() && found.length < limit) {
    found.push(new Date(next));
    next = nextDue(plan, next);
  }
  return found;
}

/** The next `n` instants strictly after `after`; fewer when the plan ends. */
export function upcoming(plan: SchedulePlan, after: Date, n: number): Date[] {
  const found: Date[] = [];
  let next = nextOccurrence(plan, after);
  while (next !== null && found.length < n) {
    found.push(next);
    next = nextOccurrence(plan, next);
  }
  return found;
}

/**
 * The instants in (after, until] that the schedule would have had but the exclusions took, one range for
 * each excluded stretch, oldest first. At most `limit` ranges (at least 1): the last one then stands for
 * all the rest, so that the counts always add up.
 */
export function excludedBetween(plan: SchedulePlan, after: Date, until: Date, limit: number): InstantRange[] {
  if (!plan.exclusions) return [];
  const ranges: InstantRange[] = [];
  for (const { excluded, first, last, count } of occurrenceRuns(plan, after.getTime(), until.getTime())) {
    if (!excluded) continue;
    const final = ranges.length >= limit ? ranges.at(-1) : undefined;
    if (final) {
      final.last = new Date(last);
      final.count += count;
    } else {
      ranges.push({ first: new Date(first), last: new Date(last), count });
    }
  }
  return ranges;
}

/** Whether `instant` is excluded under the schedule that is in force then. */
export function isExcludedInPlan(plan: SchedulePlan, instant: Date): boolean {
  if (!plan.exclusions) return false;
  const at = instant.getTime();
  return phasesOf(plan).some(
    ({ from, until, calendar }) => from <= at && at <= until && calendar?.excludes(at),
  );
}

function nextDueInPhase(phase: Phase, after: number, horizon: number): number | null {
  let next = nextNominal(phase, after);
  if (next === null || !phase.calendar || !phase.skipsExcluded) return next;
  const searchUntil = Math.min(phase.until, next + horizon);
  for (let stretch = 0; stretch < MAX_STRETCHES && next !== null && next <= searchUntil; stretch += 1) {
    if (!phase.calendar.excludes(next)) return next;
    next = nextNominal(phase, phase.calendar.changeAfter(next, searchUntil + 1) - 1);
  }
  return null;
}
