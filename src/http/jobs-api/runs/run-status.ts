import type { ExecutionState, FailureKind } from '../../../domain/execution/state.js';

export const RUN_STATUSES = [
  'delayed',
  'queued',
  'executing',
  'waiting',
  'completed',
  'failed',
  'timed_out',
  'crashed',
  'system_failed',
  'canceled',
  'expired',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

interface Meaning {
  states: readonly ExecutionState[];
  failureKind?: FailureKind;
}

const MEANINGS: Record<RunStatus, Meaning> = {
  delayed: { states: ['delayed'] },
  queued: { states: ['queued'] },
  executing: { states: ['running'] },
  waiting: { states: ['waiting'] },
  completed: { states: ['succeeded'] },
  failed: { states: ['failed'], failureKind: 'error' },
  timed_out: { states: ['failed'], failureKind: 'timeout' },
  crashed: { states: ['failed'], failureKind: 'crash' },
  system_failed: { states: ['failed'], failureKind: 'system' },
  canceled: { states: ['cancelled', 'skipped'] },
  expired: { states: ['expired'] },
};

/** What a status means in the domain. */
export const meaningOf = (status: RunStatus): Meaning => MEANINGS[status];

/** The word for a state. */
export function runStatus(state: ExecutionState, failureKind: FailureKind | null): RunStatus {
  const found = RUN_STATUSES.find(
    (status) =>
      MEANINGS[status].states.includes(state) &&
      (state !== 'failed' || MEANINGS[status].failureKind === failureKind),
  );
  if (!found) throw new Error('The Jobs API has no word for a state of the domain');
  return found;
}
