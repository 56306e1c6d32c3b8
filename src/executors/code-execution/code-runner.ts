import type { LogSink } from '../executor.js';
import type { CodeExecutionConfiguration } from './code-execution.configuration.js';
import type { ScriptEnd } from './script-end.js';

/** One run as a runner gets it. */
export interface CodeRun {
  configuration: CodeExecutionConfiguration;
  /** JSON text of `{input, job, execution}`. */
  globals: string;
  log: LogSink;
  signal: AbortSignal;
}

/** Runs the scripts of some languages in isolation. */
export interface CodeRunner {
  /** Why this machine cannot run them; null where it can. Settled once, at the first call. */
  refusal(): Promise<string | null>;
  /** Never rejects; ends at once when the signal is aborted. */
  run(run: CodeRun): Promise<ScriptEnd>;
  /** Compiles without running: what is wrong with the source, for people; null where nothing is. */
  syntaxFault(configuration: CodeExecutionConfiguration): Promise<string | null>;
  close(): Promise<void>;
}

/** For a compilation without a job around it. */
export const CHECK_TIMEOUT_MS = 5_000;

/** What a check says of a run that was to compile only. */
export function faultOf(end: ScriptEnd): string | null {
  switch (end.kind) {
    case 'returned':
      return null;
    case 'failed': {
      const { line, column, message } = end.failure;
      if (line === undefined) return message;
      return `line ${line}${column === undefined ? '' : `, column ${column}`}: ${message}`;
    }
    case 'stopped':
      return `compiling took longer than ${CHECK_TIMEOUT_MS / 1000} seconds`;
    case 'unavailable':
      return end.message;
  }
}
