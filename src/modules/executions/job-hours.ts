import type { ExecutionState } from '../../domain/execution/state.js';

/** What is on record of a job for executions whose ids were made in one hour. */
export interface HourCounts {
  /** Hours since 1970. */
  hour: number;
  created: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  /** Ended without ever having started. */
  unstarted: number;
  /** All that ended and had started did so within these bounds. */
  firstStartedAt: Date | null;
  lastStartedAt: Date | null;
  /** Read only where it is asked for. */
  running: number;
}

/** Executions that are looked for: their state and the bounds of their start. */
export interface Wanted {
  states?: readonly ExecutionState[];
  from?: Date;
  to?: Date;
}

/** The kinds of state whose number of each hour is on record. `mixed`: none of them. */
export type StateKind = 'all' | 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'mixed';

const KINDS: Record<Exclude<StateKind, 'all' | 'mixed'>, readonly ExecutionState[]> = {
  pending: ['delayed', 'waiting', 'queued'],
  running: ['running'],
  succeeded: ['succeeded'],
  failed: ['failed'],
  cancelled: ['cancelled', 'expired', 'skipped'],
};

/** Which kind a set of states is. */
export function kindOf(states: readonly ExecutionState[] | undefined): StateKind {
  if (states === undefined) return 'all';
  const [kind] = Object.entries(KINDS).find(
    ([, members]) => members.length === states.length && members.every((state) => states.includes(state)),
  ) ?? ['mixed'];
  return kind as StateKind;
}

/** How many executions of an hour match; null: the record does not say, they must be counted. */
export function matchesOf(hour: HourCounts, wanted: Wanted): number | null {
  const kind = kindOf(wanted.states);
  const live = hour.created - hour.succeeded - hour.failed - hour.cancelled;
  if (wanted.from === undefined && wanted.to === undefined) return undatedMatches(hour, kind, live);
  return datedMatches(hour, kind, live, wanted);
}

function undatedMatches(hour: HourCounts, kind: StateKind, live: number): number | null {
  switch (kind) {
    case 'all':
      return hour.created;
    case 'pending':
      return Math.max(live - hour.running, 0);
    case 'mixed':
      return null;
    case 'running':
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return hour[kind];
  }
}

function datedMatches(hour: HourCounts, kind: StateKind, live: number, { from, to }: Wanted): number | null {
  if (kind === 'pending' || kind === 'running') return live === 0 ? 0 : null;
  if (kind === 'mixed' || (kind === 'all' && live > 0)) return null;
  if (kind !== 'all' && hour[kind] === 0) return 0;
  const { firstStartedAt: first, lastStartedAt: last } = hour;
  if (first === null || last === null) return 0;
  if ((from !== undefined && last < from) || (to !== undefined && first > to)) return 0;
  if ((from !== undefined && first < from) || (to !== undefined && last > to)) return null;
  if (kind === 'all') return hour.created - hour.unstarted;
  return kind === 'succeeded' || hour.unstarted === 0 ? hour[kind] : null;
}

const HOUR_MS = 3_600_000;
const LAST_MS = 2 ** 48 - 1;

/** The first and the last id of an hour. */
export function idsOf(hour: number): { low: string; high: string } {
  return {
    low: `${prefix(hour * HOUR_MS)}-0000-0000-000000000000`,
    high: `${prefix(Math.min((hour + 1) * HOUR_MS - 1, LAST_MS))}-ffff-ffff-ffffffffffff`,
  };
}

function prefix(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** Hours with the number of their matches, cut to those that a page touches, and how much of the first to skip. */
export function seek<T extends { count: number }>(
  hours: readonly T[],
  offset: number,
  limit: number,
): { touched: T[]; skip: number } {
  const touched: T[] = [];
  let before = 0;
  let skip = 0;
  for (const hour of hours) {
    if (before >= offset + limit) break;
    if (hour.count > 0 && before + hour.count > offset) {
      if (touched.length === 0) skip = offset - before;
      touched.push(hour);
    }
    before += hour.count;
  }
  return { touched, skip };
}
