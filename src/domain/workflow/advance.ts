import type { EdgeKind, Join, WorkflowGraph } from './graph.js';
import type { EndedStep, StepEnd, StepProgress } from './progress.js';

/** What follows from the end of steps. */
export interface Advance {
  /** Steps to start now. */
  started: number[];
  /** Steps that will not run. */
  skipped: number[];
  /** Every step whose progress has changed, also those that go on waiting. */
  changed: Map<number, StepProgress>;
}

type Effect = 'fired' | 'blocked' | 'quiet';

/** How many steps a cascade of skips reads at once. */
const READ_AHEAD = 256;

/**
 * Carries a run on from steps that have just ended. Looks only at their dependents, and at what depends on
 * steps that are skipped, so the end of a step costs as much as it has dependents.
 *
 * A generator, since the progress of steps lies in a database: it yields the positions that it needs and takes
 * their progress; a position is asked for once.
 */
export function* advance(
  graph: WorkflowGraph,
  ended: readonly EndedStep[],
): Generator<number[], Advance, ReadonlyMap<number, StepProgress>> {
  const known = new Map<number, StepProgress>();
  const result: Advance = { started: [], skipped: [], changed: new Map() };
  let wave: readonly EndedStep[] = ended;
  for (let round = 0; wave.length > 0; round += 1) {
    const wanted = unread(graph, wave, known, round === 0 ? 0 : READ_AHEAD);
    if (wanted.length > 0)
      for (const [position, progress] of yield wanted) known.set(position, { ...progress });
    wave = pass(graph, wave, known, result);
  }
  return result;
}

/** Hands the ends of a wave to their dependents. @returns the dependents that are skipped by it */
function pass(
  graph: WorkflowGraph,
  wave: readonly EndedStep[],
  known: ReadonlyMap<number, StepProgress>,
  result: Advance,
): EndedStep[] {
  const next: EndedStep[] = [];
  for (const { position, state } of wave) {
    const tolerated = graph.step(position).toleratesFailure;
    for (const edge of graph.outgoing(position)) {
      const target = known.get(edge.to);
      if (target?.state !== 'pending') continue;
      count(target, effectOf(edge.on, state, tolerated));
      result.changed.set(edge.to, target);
      if (target.pending > 0) continue;
      if (mayRun(graph.step(edge.to).join, target, graph.incoming(edge.to).length)) {
        target.state = 'started';
        result.started.push(edge.to);
      } else {
        target.state = 'skipped';
        result.skipped.push(edge.to);
        next.push({ position: edge.to, state: 'skipped' });
      }
    }
  }
  return next;
}

/** A source that was skipped fires nothing and blocks nothing. */
function effectOf(on: EdgeKind, end: StepEnd, tolerated: boolean): Effect {
  if (end === 'skipped') return 'quiet';
  if (on === 'on_complete') return 'fired';
  const succeeded = end === 'succeeded';
  if (on === 'on_failure') return succeeded ? 'quiet' : 'fired';
  return succeeded || tolerated ? 'fired' : 'blocked';
}

function count(progress: StepProgress, effect: Effect): void {
  progress.pending -= 1;
  if (effect === 'fired') progress.fired += 1;
  if (effect === 'blocked') progress.blocked += 1;
}

function mayRun(join: Join, { fired, blocked }: StepProgress, incoming: number): boolean {
  switch (join) {
    case 'every':
      return fired === incoming;
    case 'any':
      return fired > 0;
    case 'unblocked':
      return fired > 0 && blocked === 0;
  }
}

/** The dependents of a wave that were not read yet; with them the next `ahead` steps behind them. */
function unread(
  graph: WorkflowGraph,
  wave: readonly EndedStep[],
  known: ReadonlyMap<number, StepProgress>,
  ahead: number,
): number[] {
  const wanted = new Set<number>();
  for (const { position } of wave) collect(graph, position, known, wanted);
  if (wanted.size === 0) return [];
  const most = wanted.size + ahead;
  // A set hands out what is added to it meanwhile: breadth first.
  for (const position of wanted) {
    if (wanted.size >= most) break;
    collect(graph, position, known, wanted);
  }
  return [...wanted];
}

function collect(
  graph: WorkflowGraph,
  position: number,
  known: ReadonlyMap<number, StepProgress>,
  wanted: Set<number>,
): void {
  for (const { to } of graph.outgoing(position)) if (!known.has(to)) wanted.add(to);
}
