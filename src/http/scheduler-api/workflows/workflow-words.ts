import type { EdgeKind, Join } from '../../../domain/workflow/graph.js';
import type { RunState } from '../../../domain/workflow/progress.js';
import type { WorkflowStepView } from '../../../modules/workflows/workflow.view.js';

export const CONDITION_WORDS = ['AllSucceeded', 'AnySucceeded', 'AllCompleted', 'AllFailed'] as const;
export type ConditionWord = (typeof CONDITION_WORDS)[number];

export const ON_FAILURE_WORDS = ['Stop', 'Continue'] as const;
export type OnFailureWord = (typeof ON_FAILURE_WORDS)[number];

export const RUN_STATUS_WORDS = ['Running', 'Succeeded', 'Failed', 'Cancelled'] as const;
export type RunStatusWord = (typeof RUN_STATUS_WORDS)[number];

export const STEP_STATUS_WORDS = [
  'Pending',
  'Running',
  'Succeeded',
  'Failed',
  'Cancelled',
  'Skipped',
] as const;
export type StepStatusWord = (typeof STEP_STATUS_WORDS)[number];

/** What a condition means in edges: of which kind all edges of the step are, and how many must fire. */
const CONDITIONS: Record<ConditionWord, { on: EdgeKind; join: Join }> = {
  AllSucceeded: { on: 'on_success', join: 'every' },
  AnySucceeded: { on: 'on_success', join: 'any' },
  AllCompleted: { on: 'on_complete', join: 'any' },
  AllFailed: { on: 'on_failure', join: 'every' },
};

export const conditionOf = (word: ConditionWord): { on: EdgeKind; join: Join } => CONDITIONS[word];

/** Null for edges that no condition describes: another dialect has made them. */
export function conditionWord(kinds: readonly EdgeKind[], join: Join): ConditionWord | null {
  const [first] = kinds;
  if (first === undefined) return 'AllSucceeded';
  // With a single edge all joins mean the same: that it fires.
  const alone = kinds.length === 1;
  const fits = (word: ConditionWord): boolean =>
    kinds.every((kind) => kind === CONDITIONS[word].on) && (alone || CONDITIONS[word].join === join);
  const words = CONDITION_WORDS.filter(fits);
  return words.find((word) => CONDITIONS[word].join === join) ?? words[0] ?? null;
}

const RUN_STATES: Record<RunState, RunStatusWord> = {
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export const runStatusWord = (state: RunState): RunStatusWord => RUN_STATES[state];

/** A step whose execution is queued, or between two attempts, is pending. */
export function stepStatusWord({ state, executionState }: WorkflowStepView): StepStatusWord {
  switch (state) {
    case 'pending':
      return 'Pending';
    case 'started':
      return executionState === 'running' ? 'Running' : 'Pending';
    case 'succeeded':
      return 'Succeeded';
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return 'Cancelled';
    case 'skipped':
      return 'Skipped';
  }
}
