import type { NewJob } from '../../domain/job/changes.js';
import type { JobDefinition } from '../../domain/job/definition.js';
import type { JobDependencies } from '../../domain/job/dependencies.js';
import type { JobState } from '../../domain/job/job-type.js';

/** One entry of an import. */
export interface ImportedJob {
  /** Its place in the file, from 0: faults name it. */
  index: number;
  /** The id that it had where it was exported; null: none. */
  id: string | null;
  job: NewJob;
  /** Fields that the file says nothing of: a job that it changes keeps its own. */
  leftOut: readonly (keyof JobDefinition)[];
  /** What it is to be; null: as a new job. */
  state: JobState | null;
  /** What it waits for, by the ids that jobs have in the file; null: nothing. */
  dependencies: JobDependencies | null;
}

/** `create`: all become new jobs. `upsert`: an entry whose id exists changes that job. `plan`: only look. */
export const IMPORT_MODES = ['create', 'upsert', 'plan'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

/** An entry of an import as a plan shows it. */
export interface PlannedJob {
  index: number;
  id: string | null;
  name: string;
}

/** What an import does, or would do. */
export interface ImportPlan {
  created: PlannedJob[];
  changed: PlannedJob[];
  unchanged: PlannedJob[];
}
