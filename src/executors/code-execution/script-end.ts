/**
 * How a run of a script ended, whatever ran it.
 * - `returned`: `json` is the JSON text of the value.
 * - `failed`: by the script's own doing; `code` is stable.
 * - `stopped`: its abort signal was obeyed; the signal's reason says why.
 * - `unavailable`: what runs scripts could not be started: a fault of Carillon or its machine.
 */
export type ScriptEnd =
  | { kind: 'returned'; json: string; cpuMs: number | null }
  | { kind: 'failed'; failure: ScriptFailure }
  | { kind: 'stopped' }
  | { kind: 'unavailable'; message: string };

export type ScriptFailureCode =
  | 'script_error'
  | 'syntax_error'
  | 'memory_exceeded'
  | 'cpu_limit_exceeded'
  | 'never_settles'
  | 'output_too_large'
  | 'output_not_json'
  | 'script_crashed';

export interface ScriptFailure {
  code: ScriptFailureCode;
  message: string;
  /** The class of a thrown error, such as `TypeError`. */
  name?: string;
  /** In positions of the user's source. */
  stack?: string;
  /** From 1; of the innermost place in the user's source. */
  line?: number;
  column?: number;
}

export function failed(code: ScriptFailureCode, message: string): ScriptEnd {
  return { kind: 'failed', failure: { code, message } };
}
