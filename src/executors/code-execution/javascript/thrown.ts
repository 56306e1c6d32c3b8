import { MAX_ERROR_CHARS } from '../limits.js';
import { cutText } from '../run-log.js';
import type { ScriptFailure, ScriptFailureCode } from '../script-end.js';
import type { CompiledScript } from './compile.js';
import { stackTrace } from './stack-trace.js';

interface Description {
  /** Empty where something else than an Error was thrown. */
  name: string;
  message: string;
  stack: string;
}

/**
 * The failure that a thrown value means, in positions of the user's source.
 * @param description what the guest says of it: JSON, untrusted
 */
export function failureOf(
  description: string | null,
  script: CompiledScript,
  code: ScriptFailureCode,
): ScriptFailure {
  const { name, message, stack } = read(description);
  const trace = stackTrace(stack, script);
  const title = name === '' ? message : `${name}: ${message}`;
  const failure: ScriptFailure = { code, message: title };
  if (name !== '') failure.name = name;
  if (trace.place) Object.assign(failure, trace.place);
  if (trace.text !== '') failure.stack = `${title}\n${trace.text}`;
  return failure;
}

/** What QuickJS throws when it gets no more memory: an InternalError, or nothing at all. */
export function looksLikeNoMemory(description: string | null): boolean {
  const { name, message } = read(description);
  if (name === 'InternalError') return message.includes('out of memory');
  return name === '' && (message === 'null' || message === UNREADABLE);
}

const UNREADABLE = 'The thrown value cannot be read.';

function read(description: string | null): Description {
  const value: unknown = description === null ? null : parsed(description);
  if (typeof value !== 'object' || value === null) return { name: '', message: UNREADABLE, stack: '' };
  const text = (key: keyof Description) => {
    const part: unknown = (value as Partial<Record<keyof Description, unknown>>)[key];
    return typeof part === 'string' ? cutText(part, MAX_ERROR_CHARS) : '';
  };
  return { name: text('name'), message: text('message'), stack: text('stack') };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
