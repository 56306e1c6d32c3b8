import type { Json } from '../../domain/execution/outcome.js';
import type { Trigger } from '../../domain/execution/state.js';

/** What a worker gets of an execution when it claims it. */
export interface ClaimedExecution {
  executionId: string;
  jobId: string;
  jobVersion: number;
  /** From 1; with the claim it fences every later write. */
  attempt: number;
  maxAttempts: number;
  trigger: Trigger;
  scheduledFor: Date | null;
  /** When it became ready; pickup latency counts from here. */
  availableAt: Date;
  payload: Json;
  /** What it overrides or carries beside the definition. */
  options: Record<string, Json> | null;
  /** Its end has consequences beyond itself: it is settled in the careful way. */
  followed: boolean;
}

/** An execution under the claim that holds it. Under a later claim it is another matter, though the attempt be the same. */
export interface HeldExecution {
  claimId: string;
  executionId: string;
}

/** A batch under one lease. */
export interface Claim {
  claimId: string;
  executions: ClaimedExecution[];
}

/** A claimed execution as the statements answer it: instants in seconds since 1970. */
export interface ClaimedRow extends Omit<ClaimedExecution, 'scheduledFor' | 'availableAt'> {
  scheduledFor: number | null;
  availableAt: number;
  priority: number;
}

/** What a worker gets of a claimed row. */
export function claimedExecution(row: ClaimedRow): ClaimedExecution {
  const { scheduledFor, availableAt } = row;
  return {
    ...row,
    scheduledFor: scheduledFor === null ? null : new Date(Math.round(scheduledFor * 1000)),
    availableAt: new Date(availableAt * 1000),
  };
}
