import type { FieldFault } from '../../../domain/errors.js';
import { textFault } from '../../../domain/job/json-faults.js';

/** Levels of objects and lists. What works on values calls itself, and must not run out of stack. */
const MAX_JSON_DEPTH = 100;

/** Enough to see the pattern; a hostile body must not produce a long answer. */
const MAX_FAULTS = 20;

/** Keys that reach an object's prototype or class when a value is copied. */
export const RESERVED_KEYS: readonly string[] = ['__proto__', 'constructor'];

/**
 * Every place of a parsed JSON value that cannot be taken: unstorable text, reserved keys, deep nesting, and numbers that
 * became others when they were read.
 */
export function inspectJson(value: unknown): FieldFault[] {
  const faults: FieldFault[] = [];
  inspect(value, '', 0, faults);
  return faults;
}

function inspect(value: unknown, path: string, depth: number, faults: FieldFault[]): void {
  if (faults.length >= MAX_FAULTS) return;
  if (typeof value === 'string') {
    inspectText(value, path, faults);
  } else if (typeof value === 'number') {
    inspectNumber(value, path, faults);
  } else if (typeof value === 'object' && value !== null) {
    if (depth >= MAX_JSON_DEPTH) {
      faults.push({ field: path, message: `is nested more than ${MAX_JSON_DEPTH} levels deep` });
      return;
    }
    for (const [key, member] of Object.entries(value)) {
      const memberPath = path === '' ? key : `${path}.${key}`;
      inspectKey(key, memberPath, faults);
      inspect(member, memberPath, depth + 1, faults);
    }
  }
}

function inspectText(text: string, path: string, faults: FieldFault[]): void {
  const fault = textFault(text);
  if (fault !== null) faults.push({ field: path === '' ? 'body' : path, message: fault });
}

/** Whole numbers beyond 2^53 would be stored and sent with other digits: the ids of many systems are such. */
function inspectNumber(value: number, path: string, faults: FieldFault[]): void {
  const field = path === '' ? 'body' : path;
  if (!Number.isFinite(value))
    faults.push({ field, message: 'must not be larger than 1.7976931348623157e308' });
  else if (Number.isInteger(value) && !Number.isSafeInteger(value))
    faults.push({
      field,
      message: 'must not be a whole number beyond 2^53, which loses digits; send it as a text',
    });
}

function inspectKey(key: string, path: string, faults: FieldFault[]): void {
  const fault = textFault(key);
  if (fault !== null) faults.push({ field: visible(path), message: `has a name that ${fault}` });
  if (RESERVED_KEYS.includes(key)) faults.push({ field: path, message: 'is a reserved name' });
}

/** A path that can be answered and logged although its name cannot be stored. */
export function visible(path: string): string {
  return path.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}
