import type { Json } from '../../domain/execution/outcome.js';
import type { Trigger } from '../../domain/execution/state.js';

/** An execution to be recorded and queued. */
export interface EnqueueRequest {
  /** The id that it gets; absent: a new one. */
  id?: string;
  jobId: string;
  trigger: Trigger;
  payload?: Json;
  /** Not before this instant; absent: at once. */
  startAt?: Date;
  /** The execution that this one repeats. */
  retryParentId?: string;
  /** The step of a workflow run that it carries out. */
  workflowStepId?: string;
  /** Instead of the job's. */
  priority?: number;
  /** Instead of the job's. */
  maxAttempts?: number;
  /** What it overrides or carries beside the definition; kept with it and passed to the worker. */
  options?: Record<string, Json>;
  /** Who asked for it. */
  by: string;
}
