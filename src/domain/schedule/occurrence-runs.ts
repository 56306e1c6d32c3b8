import { nextNominal, type Phase, phasesOf } from './phases.js';
import type { SchedulePlan } from './schedule.js';
import type { Sequence } from './sequence.js';

/**
 * Neighbouring nominal instants of one schedule that are all open or all excluded.
 * Instants are epoch milliseconds.
 */
export interface OccurrenceRun {
  excluded: boolean;
  first: number;
  last: number;
  count: number;
  /** Steps between the instants of the run. */
  sequence: Sequence;
}

/**
 * The nominal instants of a plan in (after, until] as runs, in order. The cost grows with the number of
 * runs, not of instants. `until` must be finite.
 */
export function* occurrenceRuns(plan: SchedulePlan, after: number, until: number): Generator<OccurrenceRun> {
  for (const phase of phasesOf(plan)) yield* runsOfPhase(phase, after, Math.min(until, phase.until));
}

function* runsOfPhase(phase: Phase, after: number, until: number): Generator<OccurrenceRun> {
  const { sequence, calendar } = phase;
  let first = nextNominal(phase, after);
  while (first !== null && first <= until) {
    const excluded = calendar?.excludes(first) ?? false;
    const stretchEnd = calendar?.changeAfter(first, until + 1) ?? until + 1;
    const last = sequence.previous(stretchEnd) ?? first;
    yield { excluded, first, last, count: sequence.count(first, last), sequence };
    first = nextNominal(phase, last);
  }
}

/** The instants of runs in order, listed one by one as they are asked for. */
export function* instantsOf(runs: Iterable<OccurrenceRun>): Generator<number, undefined> {
  for (const run of runs) {
    for (let at: number | null = run.first; at !== null && at <= run.last; at = run.sequence.next(at))
      yield at;
  }
}
