import type { ExecutionState } from '../execution/state.js';

/** `pending`: waits for its sources. `started`: its execution is recorded and has not ended. */
export const STEP_STATES = ['pending', 'started', 'succeeded', 'failed', 'cancelled', 'skipped'] as const;
export type StepState = (typeof STEP_STATES)[number];
export type StepEnd = Exclude<StepState, 'pending' | 'started'>;

export const RUN_STATES = ['running', 'succeeded', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Where a step of a run stands. */
export interface StepProgress {
  state: StepState;
  /** Incoming edges whose source has not ended. */
  pending: number;
  /** Incoming edges that have fired. */
  fired: number;
  /** Incoming `on_success` edges whose source failed. */
  blocked: number;
}

/** A step that has just ended. */
export interface EndedStep {
  position: number;
  state: StepEnd;
}

/** How a step ends with its execution; null while the execution goes on. */
export function stepEndOf(state: ExecutionState): StepEnd | null {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return state;
    case 'expired':
      return 'failed';
    case 'delayed':
    case 'waiting':
    case 'queued':
    case 'running':
      return null;
  }
}
