import type { JobDefinition } from './definition.js';

/** A job that is to be created. */
export interface NewJob {
  definition: JobDefinition;
  /** False: it exists but does not run by itself until it is enabled. */
  enabled: boolean;
  /** Null: the caller. */
  createdBy: string | null;
}

/** What a job is to become. */
export interface JobEdit {
  definition: JobDefinition;
  /** Absent: stays as it is. A paused job counts as enabled and stays paused. */
  enabled?: boolean;
  createdBy?: string;
}
