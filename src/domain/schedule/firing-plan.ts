import { type NewestInstants, newestInstants } from './newest-instants.js';
import { excludedBetween, type InstantRange, isExcludedInPlan, nextDue } from './next-occurrence.js';
import { type OccurrenceRun, occurrenceRuns } from './occurrence-runs.js';
import type { MisfireRules, SchedulePlan } from './schedule.js';
import { singleSequence } from './sequence.js';

/**
 * Why due instants have no execution: `misfire` (the policy drops them), `catchup_window` (older than is
 * caught up), `catchup_limit` (more than are caught up), `excluded` (by the exclusion rules).
 */
export type UnfiredReason = 'misfire' | 'catchup_window' | 'catchup_limit' | 'excluded';

/** Instants with no execution, for one reason. Other instants may lie between `first` and `last`. */
export interface OccurrenceRange extends InstantRange {
  reason: UnfiredReason;
}

export interface FiringInput {
  plan: SchedulePlan;
  /** The persisted next instant. It counts as due even when the plan has changed and has it no more. */
  dueAt: Date;
  now: Date;
  misfire: MisfireRules;
  /** The end of a pause: due instants up to it are late, however short ago. */
  lateUntil?: Date | null;
  /**
   * Up to here excluded instants are on record already; later ones before `dueAt` are reported too.
   * Without it the report starts at `dueAt`.
   */
  accountedUntil?: Date | null;
  /** At most this many instants are fired by one call; at least 1, by default 1,000. */
  limit?: number;
}

export interface FiringPlan {
  /** Instants to fire, in order. */
  fire: Date[];
  missed: OccurrenceRange[];
  excluded: OccurrenceRange[];
  /** The next instant to persist: in the future, or overdue when `unfinished`; `null` when none is left. */
  next: Date | null;
  /** More is due than one call may fire: plan again with `next` as `dueAt`. */
  unfinished: boolean;
  /** Every instant up to here is in one of the lists, or was before: the next call's `accountedUntil`. */
  accountedUntil: Date;
}

const DEFAULT_LIMIT = 1_000;

/**
 * Decides what becomes of every due instant from `dueAt` through `now`: each is in exactly one of `fire`,
 * `missed`, `excluded`, or is left for the next call when `unfinished`.
 *
 * An instant is late when it is older than `misfire.graceSeconds` or not after `lateUntil`. Instants that
 * are not late are all fired. Of the late ones, `skip` fires none, `fireOnce` the newest, `fireAll` those
 * no older than the catch-up window and of these the `maxCatchupRuns` newest.
 *
 * What is missed is counted by arithmetic and always reported whole, by the first call. Only fires are
 * split over calls. Calls at the same `now` give together what one call without a limit would. When `now`
 * moves on between calls, what the catch-up window or `maxCatchupRuns` no longer allow is missed then.
 */
export function planFiring(input: FiringInput): FiringPlan {
  const { plan, dueAt, now, limit = DEFAULT_LIMIT } = input;
  if (dueAt > now) return nothingDue(input);
  const late = lateInstants(input, limit + 1);
  const { fire, next } = withOnTime(input, late.fire, limit + 1);
  const remaining = fire.length > limit ? fire[limit] : undefined;
  const accountedUntil = remaining === undefined ? now : new Date(remaining - 1);
  return {
    fire: fire.slice(0, limit).map((instant) => new Date(instant)),
    missed: late.missed,
    excluded: excludedUntil(plan, input, accountedUntil, limit),
    next: toDate(remaining ?? next),
    unfinished: remaining !== undefined,
    accountedUntil,
  };
}

function nothingDue({ dueAt, now }: FiringInput): FiringPlan {
  return { fire: [], missed: [], excluded: [], next: dueAt, unfinished: false, accountedUntil: now };
}

/** The last millisecond that counts as late. */
function lateEnd({ now, misfire, lateUntil }: FiringInput): number {
  const graceEnd = now.getTime() - misfire.graceSeconds * 1_000 - 1;
  return Math.min(now.getTime(), Math.max(graceEnd, lateUntil?.getTime() ?? -Infinity));
}

/** The late instants: those to fire (the oldest `listed` of them) and those missed. */
function lateInstants(input: FiringInput, listed: number): { fire: number[]; missed: OccurrenceRange[] } {
  const end = lateEnd(input);
  if (input.dueAt.getTime() > end) return { fire: [], missed: [] };
  const { policy, maxCatchupRuns, catchupWindowSeconds } = input.misfire;
  if (policy !== 'fireAll') {
    const late = newestInstants(openRuns(input, -Infinity, end), policy === 'skip' ? 0 : 1, listed);
    return { fire: late.newest, missed: missedRange(late, 'misfire') };
  }
  const windowStart = input.now.getTime() - catchupWindowSeconds * 1_000;
  const tooOld = newestInstants(openRuns(input, -Infinity, Math.min(windowStart - 1, end)), 0, 0);
  const inWindow = newestInstants(openRuns(input, windowStart, end), maxCatchupRuns, listed);
  return {
    fire: inWindow.newest,
    missed: [...missedRange(tooOld, 'catchup_window'), ...missedRange(inWindow, 'catchup_limit')],
  };
}

/** `fire`, and after it the instants on time, up to `listed` in all; and what comes after `now`. */
function withOnTime(
  input: FiringInput,
  late: readonly number[],
  listed: number,
): { fire: number[]; next: number | null } {
  const { plan, dueAt, now } = input;
  const fire = [...late];
  const end = lateEnd(input);
  if (dueAt.getTime() > end && !isExcludedInPlan(plan, dueAt)) fire.push(dueAt.getTime());
  let next = nextDue(plan, Math.max(dueAt.getTime(), end));
  while (next !== null && next <= now.getTime() && fire.length < listed) {
    if (!isExcludedInPlan(plan, new Date(next))) fire.push(next);
    next = nextDue(plan, next);
  }
  return { fire, next };
}

/** The due instants in [from, until] that are not excluded, `dueAt` first whether the plan has it or not. */
function openRuns(input: FiringInput, from: number, until: number): OccurrenceRun[] {
  const { plan } = input;
  const dueAt = input.dueAt.getTime();
  const runs = [...occurrenceRuns(plan, Math.max(dueAt, from - 1), until)].filter((run) => !run.excluded);
  if (dueAt < from || dueAt > until || isExcludedInPlan(plan, input.dueAt)) return runs;
  return [{ excluded: false, first: dueAt, last: dueAt, count: 1, sequence: singleSequence(dueAt) }, ...runs];
}

function missedRange({ rest }: NewestInstants, reason: UnfiredReason): OccurrenceRange[] {
  return rest ? [{ first: new Date(rest.first), last: new Date(rest.last), count: rest.count, reason }] : [];
}

function excludedUntil(
  plan: SchedulePlan,
  input: FiringInput,
  until: Date,
  limit: number,
): OccurrenceRange[] {
  if (!plan.exclusions) return [];
  const { dueAt } = input;
  const accounted = input.accountedUntil ?? new Date(dueAt.getTime() - 1);
  const before = excludedBetween(plan, accounted, new Date(dueAt.getTime() - 1), limit);
  const due =
    accounted < dueAt && isExcludedInPlan(plan, dueAt) ? [{ first: dueAt, last: dueAt, count: 1 }] : [];
  const later = excludedBetween(plan, accounted > dueAt ? accounted : dueAt, until, limit);
  return [...before, ...due, ...later].map((range) => ({ ...range, reason: 'excluded' }));
}

function toDate(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}
