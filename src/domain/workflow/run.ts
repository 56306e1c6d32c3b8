import type { WorkflowGraph } from './graph.js';
import type { EndedStep, RunState, StepProgress } from './progress.js';

/** What decides how a run stands. */
export interface RunTally {
  /** Steps that have not ended. */
  open: number;
  /** Steps whose failure fails the run. */
  failures: number;
  cancelRequested: boolean;
}

export function runStateOf({ open, failures, cancelRequested }: RunTally): RunState {
  if (open > 0) return 'running';
  if (cancelRequested) return 'cancelled';
  return failures > 0 ? 'failed' : 'succeeded';
}

/** How many of these ends fail the run. A step that was cancelled by itself counts as failed. */
export function failuresAmong(graph: WorkflowGraph, ended: readonly EndedStep[]): number {
  return ended.filter(
    ({ position, state }) =>
      (state === 'failed' || state === 'cancelled') && !graph.step(position).toleratesFailure,
  ).length;
}

/** How all steps stand as a run begins: its roots have nothing to wait for. */
export function initialProgress(graph: WorkflowGraph): StepProgress[] {
  return graph.definition.steps.map((_, position) => ({
    state: 'pending',
    pending: graph.incoming(position).length,
    fired: 0,
    blocked: 0,
  }));
}
