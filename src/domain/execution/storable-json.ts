import type { Json } from './outcome.js';

/** Escapes that PostgreSQL's jsonb refuses: NUL and halves of surrogate pairs. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/i;

/**
 * The JSON text of a value in a form that PostgreSQL can store: NUL characters and lone surrogates, which it
 * refuses, become U+FFFD. Null for null.
 */
export function storableJson(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = JSON.stringify(value);
  return SUSPICIOUS.test(text) ? JSON.stringify(clean(JSON.parse(text) as Json)) : text;
}

/** `storableJson` of a list of values, as one array. Null where all of them are null. */
export function storableJsonArray(values: readonly unknown[]): string | null {
  return values.some((value) => value !== null && value !== undefined) ? storableJson(values) : null;
}

function clean(value: Json): Json {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [cleanText(key), clean(entry)]));
}

function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
