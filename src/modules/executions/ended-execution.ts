/** An execution that has just ended, or gone back to waiting for its next attempt, in the open transaction. */
export interface EndedExecution {
  executionId: string;
  jobId: string;
  /** A final state; or `delayed` (retry), `queued` (rescued). */
  state: string;
  /** It held a slot of its job. */
  flow: boolean;
  /** It held none and waited under rules of its job beside the limit; absent: it did not. */
  waitedByRules?: boolean;
  workflowStepId: string | null;
}
