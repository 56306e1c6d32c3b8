import type { Json } from '../../domain/execution/outcome.js';
import type { Argument, Routine } from './routine.js';

export interface RoutineName {
  schema?: string;
  procedure: string;
}

export interface Inspection {
  routines: readonly Routine[];
  /** Schemas that hold a routine of this name although the connection does not look there by itself. */
  elsewhere: readonly string[];
  /** Configured types in the database's own spelling; null for one that it does not know. */
  signature?: readonly (string | null)[];
}

export interface Notice {
  /** Such as NOTICE, WARNING. */
  severity: string;
  message: string;
}

export interface CallOptions {
  signal: AbortSignal;
  /** Milliseconds; the database itself ends the call then, should this process be gone. */
  timeoutMs: number;
  maxRows: number;
  onNotice: (notice: Notice) => void;
}

export interface CallResult {
  /** At most `maxRows` and one more, which shows that there were more. */
  rows: Record<string, Json>[];
  outParameters: Record<string, Json>;
}

/** What the executor needs of a kind of database; one driver serves one data source and owns its pool. */
export interface RoutineDriver {
  /**
   * Looks up all routines of a name. Throws `SourceFault`.
   * @param signature types to be put into the database's own spelling
   */
  inspect(
    routine: RoutineName,
    signature: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<Inspection>;
  /** Calls a routine. Throws `SourceFault`; `aborted` once the database has been told to stop. */
  call(routine: Routine, args: readonly Argument[], options: CallOptions): Promise<CallResult>;
  /** What is wrong with handing a value to a parameter; null where it can be tried. */
  readonly valueFault: (argument: Argument) => string | null;
  close(): Promise<void>;
}
