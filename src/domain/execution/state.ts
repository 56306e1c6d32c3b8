/** The states of an execution; DESIGN words. `running → delayed` is a retry, attempt + 1. */
export const ACTIVE_STATES = ['delayed', 'waiting', 'queued', 'running'] as const;
export const FINAL_STATES = ['succeeded', 'failed', 'cancelled', 'expired', 'skipped'] as const;
export const EXECUTION_STATES = [...ACTIVE_STATES, ...FINAL_STATES] as const;

export type ExecutionState = (typeof EXECUTION_STATES)[number];
export type FinalState = (typeof FINAL_STATES)[number];
export type FailureKind = 'error' | 'timeout' | 'crash' | 'system';
export type Trigger = 'schedule' | 'manual' | 'retry' | 'workflow' | 'dependency' | 'backfill';

export function isFinal(state: ExecutionState): state is FinalState {
  return (FINAL_STATES as readonly string[]).includes(state);
}
