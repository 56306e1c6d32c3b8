import type { Json } from '../../domain/execution/outcome.js';
import type { Trigger } from '../../domain/execution/state.js';

/** An execution to be recorded and queued. */
export interface EnqueueRequest {
  jobId: string;
  trigger: Trigger;
  payload?: Json;
  /** Not before this instant; absent: at once. */
  startAt?: Date;
  /** The execution that this one repeats. */
  retryParentId?: string;
  /** Who asked for it. */
  by: string;
}
