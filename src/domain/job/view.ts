import type { JobDefinition } from './definition.js';
import type { JobDependencies } from './dependencies.js';
import type { JobState } from './job-type.js';

/** A job as it may be shown: secrets in the configuration are masked. */
export interface JobView {
  id: string;
  /** Counts the definition's changes, from 1. */
  version: number;
  /** Counts all changes of the job, those of its state too, from 1. */
  revision: number;
  definition: JobDefinition;
  state: JobState;
  /** The next instant at which it is due; null: none (paused, disabled, completed, or only on demand). */
  nextRunAt: Date | null;
  /** When its latest execution started; null: none has. */
  lastRunAt: Date | null;
  /** Failed executions since the last success. */
  consecutiveFailures: number;
  /** What its executions wait for; null: nothing. */
  dependencies: JobDependencies | null;
  createdBy: string | null;
  updatedBy: string | null;
  createdAt: Date;
  updatedAt: Date;
}
