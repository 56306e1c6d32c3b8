import { ValidateBy, type ValidationOptions } from 'class-validator';
import { headerFault } from '../../platform/outbound/header-rules.js';
import { parseOutboundUrl } from '../../platform/outbound/outbound-url.js';
import { isReferenceOnly, replaceReferences } from '../../domain/job/secret-references.js';
import { parseStatusRange } from './expected-statuses.js';

const MAX_HEADERS = 100;
const MAX_HEADER_LENGTH = 8_192;
const MAX_QUERY_NAMES = 200;

/** A property rule from a function that says what is wrong with a value, or null. */
function Rule(name: string, fault: (value: unknown) => string | null, options?: ValidationOptions) {
  return ValidateBy(
    {
      name,
      validator: {
        validate: (value: unknown) => fault(value) === null,
        defaultMessage: (context) => `$property ${fault(context?.value) ?? 'is wrong'}`,
      },
    },
    options,
  );
}

/** An absolute http or https URL without user info. */
export function IsOutboundUrl() {
  return Rule('isOutboundUrl', urlFault);
}

/** Header names to text, without those that the connection sets itself. */
export function IsHeaderRecord() {
  return Rule('isHeaderRecord', headersFault);
}

/** Names to text, numbers, booleans, or lists of them. */
export function IsQueryRecord() {
  return Rule('isQueryRecord', queryFault);
}

/** Each entry a status (204), a class ("2xx") or a range ("200-204"). */
export function IsStatusList() {
  return Rule('isStatusList', statusesFault);
}

/** A flag that may only be true where the configuration has no body of its own. */
export function IsWithoutBody() {
  return ValidateBy({
    name: 'isWithoutBody',
    validator: {
      validate: (value: unknown, context) => {
        const { body } = (context?.object ?? {}) as { body?: unknown };
        return value !== true || body === undefined || body === null;
      },
      defaultMessage: () => '$property does not go with a body',
    },
  });
}

function urlFault(value: unknown): string | null {
  if (value === undefined || value === null) return 'is required';
  if (typeof value !== 'string') return 'must be text';
  // Only an attempt knows what a secret holds.
  if (isReferenceOnly(value)) return null;
  try {
    parseOutboundUrl(replaceReferences(value, 'secret'));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function headersFault(value: unknown): string | null {
  if (!isRecord(value)) return 'must be an object of header names and text';
  const entries = Object.entries(value);
  if (entries.length > MAX_HEADERS) return `must have at most ${MAX_HEADERS} headers`;
  const seen = new Set<string>();
  for (const [name, text] of entries) {
    if (typeof text !== 'string') return `the value of the header ${JSON.stringify(name)} must be text`;
    if (text.length > MAX_HEADER_LENGTH)
      return `the header ${name} is longer than ${MAX_HEADER_LENGTH} characters`;
    const fault = headerFault(name, text);
    if (fault !== null) return fault;
    if (seen.has(name.toLowerCase())) return `the header ${name} is given twice`;
    seen.add(name.toLowerCase());
  }
  return null;
}

function queryFault(value: unknown): string | null {
  if (!isRecord(value)) return 'must be an object of names and values';
  const entries = Object.entries(value);
  if (entries.length > MAX_QUERY_NAMES) return `must have at most ${MAX_QUERY_NAMES} names`;
  const wrong = entries.find(
    ([, entry]) => !(Array.isArray(entry) ? entry.every(isQueryValue) : isQueryValue(entry)),
  );
  return wrong ? `${JSON.stringify(wrong[0])} must be text, a number, true, false, or a list of these` : null;
}

function isQueryValue(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function statusesFault(value: unknown): string | null {
  if (!Array.isArray(value) || value.length === 0) return 'must be a list with at least one status';
  const wrong: unknown = value.find((entry) => parseStatusRange(entry) === null);
  return wrong === undefined
    ? null
    : `${JSON.stringify(wrong)} is not a status such as 204, "2xx" or "200-204" from 100 to 599`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
