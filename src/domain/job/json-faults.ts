import type { FieldFault } from '../errors.js';
import type { Json } from '../execution/outcome.js';
import { JSON_MAX_DEPTH } from './limits.js';

/** A half of a surrogate pair without the other: no valid Unicode text. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What keeps a text from being stored: the character U+0000 or half a character; null: nothing. */
export function textFault(text: string): string | null {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  return LONE_SURROGATE.test(text) ? 'must not contain half of a surrogate pair' : null;
}

/**
 * What keeps a JSON value from being stored: unstorable text in a key or value, or nesting deeper than
 * `JSON_MAX_DEPTH`. Walks without recursion, so that no input can exhaust the stack.
 * @returns the first fault found, its field a path that starts with `field`
 */
export function jsonFaults(value: Json, field: string): FieldFault[] {
  const pending: { value: Json; path: string; depth: number }[] = [{ value, path: field, depth: 1 }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { value: current, path, depth } = item;
    if (typeof current === 'string') {
      const message = textFault(current);
      if (message !== null) return [{ field: path, message }];
    }
    if (typeof current !== 'object' || current === null) continue;
    if (depth > JSON_MAX_DEPTH)
      return [{ field, message: `must not be nested deeper than ${JSON_MAX_DEPTH} levels` }];
    for (const [key, inner] of Object.entries(current)) {
      const message = textFault(key);
      if (message !== null) return [{ field: path, message: `has a key that ${message}` }];
      pending.push({
        value: inner,
        path: `${path}.${key}`,
        depth: depth + 1,
      });
    }
  }
  return [];
}
