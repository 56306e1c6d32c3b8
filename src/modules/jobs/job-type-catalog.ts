import type { FieldFault } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import type { JobType } from '../../domain/job/job-type.js';

/** What a configuration came to: the faults, or with none the value as it is stored (defaults filled in). */
export interface CheckedConfiguration {
  /** Fields are paths within the configuration, such as `headers.Accept`. */
  faults: FieldFault[];
  value: Record<string, Json>;
}

/** The types of work that this installation can do. `src/roles` provides it from the executors' registry. */
export interface JobTypeCatalog {
  types(): readonly JobType[];
  /** Checks a configuration by its type's own rules; never throws for what it says. */
  validate(type: JobType, configuration: Record<string, Json>): Promise<CheckedConfiguration>;
}

/** Injection token of the `JobTypeCatalog`. */
export const JOB_TYPE_CATALOG = Symbol('JobTypeCatalog');
