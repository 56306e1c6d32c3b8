import type { DependencyCondition, DependencyMode } from '../job/dependencies.js';
import type { FinalState } from './state.js';

/** What is known of one prerequisite of a job. */
export interface Prerequisite {
  jobId: string;
  name: string;
  condition: DependencyCondition;
  /** How its latest finished execution ended; null: none has. */
  end: { state: FinalState; at: Date } | null;
  /** It is being deleted: it will not end again. */
  gone?: boolean;
}

export type WaitingDecision =
  | { kind: 'run' }
  /** For the jobs with these names. */
  | { kind: 'wait'; names: string[] }
  /** The condition can no longer hold; `reason` names the prerequisite. */
  | { kind: 'impossible'; reason: string };

const SATISFYING: Record<DependencyCondition, readonly FinalState[]> = {
  succeeded: ['succeeded'],
  failed: ['failed'],
  completed: ['succeeded', 'failed'],
  any: ['succeeded', 'failed', 'cancelled', 'expired', 'skipped'],
};

/**
 * What becomes of an execution of a job with prerequisites. A prerequisite is fresh when its latest finished
 * execution ended after `freshAfter`; only fresh ones count.
 * @param freshAfter when the job's previous execution was created; null: there was none
 */
export function decideWaiting(
  mode: DependencyMode,
  prerequisites: readonly Prerequisite[],
  freshAfter: Date | null,
): WaitingDecision {
  const judged = prerequisites.map((prerequisite) => ({
    prerequisite,
    verdict: judge(prerequisite, freshAfter),
  }));
  const open = judged.filter(({ verdict }) => verdict === 'open');
  const broken = judged.filter(({ verdict }) => verdict === 'broken');
  const satisfied = judged.length - open.length - broken.length;
  const [first] = broken;
  const decided = mode === 'all' ? first !== undefined : satisfied === 0 && open.length === 0;
  if (first && decided) return { kind: 'impossible', reason: reasonOf(first.prerequisite, freshAfter) };
  const enough = mode === 'all' ? open.length === 0 : satisfied > 0;
  if (enough || judged.length === 0) return { kind: 'run' };
  return { kind: 'wait', names: open.map(({ prerequisite }) => prerequisite.name) };
}

function judge(prerequisite: Prerequisite, freshAfter: Date | null): 'satisfied' | 'broken' | 'open' {
  const end = freshEnd(prerequisite, freshAfter);
  if (!end) return prerequisite.gone ? 'broken' : 'open';
  return SATISFYING[prerequisite.condition].includes(end.state) ? 'satisfied' : 'broken';
}

function freshEnd({ end }: Prerequisite, freshAfter: Date | null): Prerequisite['end'] {
  return end && (freshAfter === null || end.at > freshAfter) ? end : null;
}

function reasonOf(prerequisite: Prerequisite, freshAfter: Date | null): string {
  const { name, jobId, condition } = prerequisite;
  const end = freshEnd(prerequisite, freshAfter);
  const what = end ? `ended as ${end.state}` : 'was deleted';
  const wanted = condition === 'any' ? 'an end' : `"${condition}"`;
  return `The prerequisite "${name}" (${jobId}) ${what}; the job waits for ${wanted}.`;
}
