/** The types of fields as the API's documents name them; with a `?` the field may be null. */
export type DocumentedType = keyof typeof CHECKS | `${keyof typeof CHECKS}?`;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UTC_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TIME_SPAN = /^(\d+\.)?\d\d:\d\d:\d\d\.\d{7}$/;

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const CHECKS = {
  guid: (value: unknown) => isText(value) && GUID.test(value),
  string: isText,
  'string[]': (value: unknown) => Array.isArray(value) && value.every(isText),
  'object[]': (value: unknown) => Array.isArray(value) && value.every(isObject),
  integer: Number.isSafeInteger,
  number: (value: unknown) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value: unknown) => typeof value === 'boolean',
  object: isObject,
  datetime: (value: unknown) =>
    isText(value) && UTC_INSTANT.test(value) && new Date(value).toISOString() === value,
  timespan: (value: unknown) => isText(value) && TIME_SPAN.test(value),
};

/** Whether a value is of a documented type. */
export function isOfType(type: DocumentedType, value: unknown): boolean {
  if (type.endsWith('?') && value === null) return true;
  return CHECKS[type.replace('?', '') as keyof typeof CHECKS](value);
}
