import type { Json } from '../../../domain/execution/outcome.js';
import type { Directory } from '../directory.js';
import type { FileOperationConfiguration } from '../file-operation.configuration.js';
import type { Glob } from '../glob.js';
import type { Limits, Run } from '../run.js';

/** A checked operation with its roots open. */
export interface Task {
  configuration: FileOperationConfiguration;
  root: Directory;
  targetRoot: Directory;
  /** `path` and `target` as names below their roots. */
  names: readonly string[];
  targetNames: readonly string[];
  glob?: Glob;
  overwrite: boolean;
  limits: Limits;
  run: Run;
  payload: Json;
}

/** Does one operation; answers what its output holds beside paths and counts. Throws faults. */
export type Operation = (task: Task) => Promise<Record<string, Json>>;
