import { ValidateBy } from 'class-validator';

interface MapRules {
  /** Entries at most. */
  maxEntries: number;
  maxKeyLength: number;
  maxValueLength: number;
  /** Characters that a key must not hold. */
  notInKeys?: string;
}

/** An object of names and texts. */
export function IsStringMap(rules: MapRules): PropertyDecorator {
  return ValidateBy({
    name: 'isStringMap',
    validator: {
      validate: (value: unknown) => mapFault(value, rules) === null,
      defaultMessage: (context) => `$property ${mapFault(context?.value, rules) ?? 'is wrong'}`,
    },
  });
}

function mapFault(value: unknown, rules: MapRules): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
  const entries = Object.entries(value);
  if (entries.length > rules.maxEntries) return `must have at most ${rules.maxEntries} entries`;
  for (const [key, text] of entries) {
    if (key.trim() === '' || key.length > rules.maxKeyLength)
      return `must have names of 1 to ${rules.maxKeyLength} characters`;
    if (rules.notInKeys !== undefined && key.includes(rules.notInKeys))
      return `must have names without "${rules.notInKeys}"`;
    if (typeof text !== 'string' || text.length > rules.maxValueLength)
      return `must have texts of at most ${rules.maxValueLength} characters as values`;
  }
  return null;
}
