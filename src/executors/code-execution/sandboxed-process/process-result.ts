import type { ProcessLanguage } from '../language.js';
import { MAX_ERROR_CHARS, MAX_OUTPUT_BYTES } from '../limits.js';
import { cutText } from '../run-log.js';
import { failed, type ScriptEnd, type ScriptFailure, type ScriptFailureCode } from '../script-end.js';

/** What is known of a sandboxed script that has ended. */
export interface ProcessResult {
  code: number | null;
  /** Whether it was killed because it wrote too much to its standard streams. */
  flooded: boolean;
  /** From file descriptor 3; null where it was more than an output may be. */
  result: string | null;
  /** The end of what it wrote to standard error. */
  errorTail: string;
}

/** What the shell runner writes instead of a result. */
export const SHELL_SYNTAX_ERROR = 'syntax-error';

/** Of both standard streams, beyond what the log keeps: reading costs time that others need. */
export const MAX_STREAM_CHARS = 4 * 1024 * 1024;

const SIGXCPU = 128 + 24;

/** How a sandboxed script ended. All of it is the script's own word: it can only fool its own job. */
export function endOfProcess(language: ProcessLanguage, ended: ProcessResult): ScriptEnd {
  const { code, result, errorTail } = ended;
  if (ended.flooded) {
    const message = `The script wrote more than ${MAX_STREAM_CHARS} characters to its standard streams.`;
    return failed('output_too_large', message);
  }
  if (result === null) {
    return failed('output_too_large', `The output is larger than ${MAX_OUTPUT_BYTES} bytes of JSON.`);
  }
  if (code === SIGXCPU) return failed('cpu_limit_exceeded', 'The script used more than its processor time.');
  return language === 'python' ? endOfPython(code, result, errorTail) : endOfShell(code, result, errorTail);
}

function endOfPython(code: number | null, result: string, errorTail: string): ScriptEnd {
  const report = parsed(result);
  if (isRecord(report) && isRecord(report.failure))
    return { kind: 'failed', failure: failureOf(report.failure) };
  if (code !== 0) return exited(code, errorTail);
  return returned(isRecord(report) ? report.output : null);
}

function endOfShell(code: number | null, result: string, errorTail: string): ScriptEnd {
  if (result.trim() === SHELL_SYNTAX_ERROR) {
    return failed('syntax_error', errorTail.trim().replaceAll('/run/script: ', 'script.sh: '));
  }
  if (code !== 0) return exited(code, errorTail);
  if (result.trim() === '') return returned(null);
  const output = parsed(result);
  if (output === undefined) return failed('output_not_json', 'The content of $OUTPUT is not JSON.');
  return returned(output);
}

function returned(output: unknown): ScriptEnd {
  const json = JSON.stringify(output ?? null);
  if (Buffer.byteLength(json) <= MAX_OUTPUT_BYTES) return { kind: 'returned', json, cpuMs: null };
  return failed('output_too_large', `The output is larger than ${MAX_OUTPUT_BYTES} bytes of JSON.`);
}

function exited(code: number | null, errorTail: string): ScriptEnd {
  const lastLine = errorTail.trim().split('\n').at(-1) ?? '';
  const reason = lastLine === '' ? '' : `: ${lastLine}`;
  const killed = code !== null && code > 128 ? ` (signal ${code - 128})` : '';
  const failure = {
    code: 'script_error' as const,
    message: `The script ended with status ${code}${killed}${reason}`,
  };
  return { kind: 'failed', failure: errorTail === '' ? failure : { ...failure, stack: errorTail } };
}

const PYTHON_CODES: ReadonlySet<unknown> = new Set<ScriptFailureCode>([
  'script_error',
  'syntax_error',
  'memory_exceeded',
  'output_not_json',
]);

function failureOf(report: Record<string, unknown>): ScriptFailure {
  const text = (value: unknown) => (typeof value === 'string' ? cutText(value, MAX_ERROR_CHARS) : '');
  const code = PYTHON_CODES.has(report.code) ? (report.code as ScriptFailureCode) : 'script_error';
  const failure: ScriptFailure = { code, message: text(report.message), name: text(report.name) };
  if (report.stack !== '') failure.stack = text(report.stack);
  if (typeof report.line === 'number') failure.line = report.line;
  return failure;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
