import type { Json } from '../../../domain/execution/outcome.js';
import type { Argument, ValueKind } from '../routine.js';

/** The text form in which PostgreSQL reads a value of a parameter. */
export function encodeValue(kind: ValueKind, value: Exclude<Json, null>): string {
  if (kind === 'json') return JSON.stringify(value);
  if (Array.isArray(value)) return arrayLiteral(value, kind === 'json-array');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What is wrong with a value for a parameter; the database judges the rest when it is called. */
export function valueFault({ parameter, value }: Argument): string | null {
  if (value === null || parameter.kind === 'json' || parameter.kind === 'polymorphic') return null;
  const isList = Array.isArray(value);
  const isObject = typeof value === 'object' && !isList;
  switch (parameter.kind) {
    case 'scalar':
      return isList || isObject ? `must be a single value of type ${parameter.type}` : null;
    case 'composite':
      return isObject || typeof value === 'string'
        ? null
        : `must be an object with the fields of ${parameter.type}`;
    case 'array':
    case 'json-array':
      if (!isList && typeof value !== 'string') return `must be a list of values of type ${parameter.type}`;
      return isList && parameter.kind === 'array' && holdsObject(value)
        ? `must be a list of single values of type ${parameter.type}`
        : null;
  }
}

function holdsObject(list: readonly Json[]): boolean {
  return list.some((item) =>
    Array.isArray(item) ? holdsObject(item) : typeof item === 'object' && item !== null,
  );
}

/** `{1,"a b",NULL}`; inner lists are further dimensions, but for json each one is a value. */
function arrayLiteral(list: readonly Json[], ofJson: boolean): string {
  const items = list.map((item) => {
    if (item === null) return 'NULL';
    if (Array.isArray(item) && !ofJson) return arrayLiteral(item, ofJson);
    const text = ofJson || typeof item === 'object' ? JSON.stringify(item) : String(item);
    return `"${text.replace(/[\\"]/g, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}

/** The type that a value of JSON stands for where the routine takes any. */
export function polymorphicType(declared: string, value: Json): string {
  const isArray = /array/.test(declared);
  return `${scalarType(isArray ? firstItem(value) : value)}${isArray ? '[]' : ''}`;
}

function firstItem(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? firstItem(value.find((item) => item !== null)) : value;
}

function scalarType(value: Json | undefined): string {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return 'numeric';
    return Math.abs(value) < 2 ** 31 ? 'integer' : 'bigint';
  }
  return typeof value === 'object' && value !== null ? 'jsonb' : 'text';
}
