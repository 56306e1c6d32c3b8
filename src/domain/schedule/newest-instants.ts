import { instantsOf, type OccurrenceRun } from './occurrence-runs.js';

/** A set of instants in order, split into the newest ones and a count of the rest. */
export interface NewestInstants {
  /** The newest instants in order, oldest first, of which at most `listed` are given. */
  newest: number[];
  /** What is older than the newest, or `null` when that is nothing. */
  rest: { first: number; last: number; count: number } | null;
}

/**
 * Takes the `take` newest instants out of `runs` (in order) and lists the oldest `listed` of those.
 * The rest is counted, not listed.
 */
export function newestInstants(runs: readonly OccurrenceRun[], take: number, listed: number): NewestInstants {
  const total = runs.reduce((sum, run) => sum + run.count, 0);
  if (total <= take) return { newest: firstOf(instantsOf(runs), listed), rest: null };
  const backwards = instantsBackwards(runs);
  const newest = firstOf(backwards, take).reverse();
  const { value: last } = backwards.next();
  const [first] = runs;
  if (last === undefined || !first) return { newest: newest.slice(0, listed), rest: null };
  return { newest: newest.slice(0, listed), rest: { first: first.first, last, count: total - take } };
}

function* instantsBackwards(runs: readonly OccurrenceRun[]): Generator<number, undefined> {
  for (const { first, last, sequence } of runs.toReversed()) {
    for (let at: number | null = last; at !== null && at >= first; at = sequence.previous(at)) yield at;
  }
}

/** Takes values one by one, so that the iterator can be read on. */
function firstOf(instants: Iterator<number, undefined>, most: number): number[] {
  const taken: number[] = [];
  while (taken.length < most) {
    const { value, done } = instants.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
