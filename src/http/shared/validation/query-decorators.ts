import { parseInstant } from './instant.js';
import { queryField, UNCONVERTED } from './query-field.js';

interface Documented {
  /** For OpenAPI. */
  readonly description?: string;
}

interface IntegerOptions extends Documented {
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}

/** A whole number in decimal digits, as `number`. */
export function QueryInteger({
  min,
  max,
  description,
  default: fallback,
}: IntegerOptions): PropertyDecorator {
  return queryField({
    rule: 'queryInteger',
    convert: (text) => {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= min && value <= max ? value : UNCONVERTED;
    },
    message: `must be a whole number from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max, ...documented(description) },
    default: fallback,
  });
}

/** `true` or `false` in any letter case, for some languages write `True`; as `boolean`. */
export function QueryBoolean(options: Documented & { readonly default?: boolean } = {}): PropertyDecorator {
  return queryField({
    rule: 'queryBoolean',
    convert: (text) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : UNCONVERTED),
    message: 'must be true or false',
    schema: { type: Boolean, ...documented(options.description) },
    default: options.default,
  });
}

/** An ISO 8601 instant with `Z` or an offset, as `Date`. */
export function QueryInstant(options: Documented = {}): PropertyDecorator {
  return queryField({
    rule: 'queryInstant',
    // A "+" that was not escaped arrives as a space.
    convert: (text) => parseInstant(text.replace(/ (?=\d\d:?\d\d$)/, '+')) ?? UNCONVERTED,
    message: 'must be an ISO 8601 instant with Z or an offset, such as 2026-03-01T09:30:00Z',
    schema: { type: String, format: 'date-time', ...documented(options.description) },
  });
}

interface TextOptions extends Documented {
  /** Characters. */
  readonly minLength?: number;
  readonly maxLength: number;
  readonly default?: string;
}

/** A text, as it was given. */
export function QueryText(options: TextOptions): PropertyDecorator {
  const { minLength = 1, maxLength } = options;
  return queryField({
    rule: 'queryText',
    convert: (text) => (fits(text, minLength, maxLength) ? text : UNCONVERTED),
    message: `must be a text of ${minLength} to ${maxLength} characters, given once`,
    schema: { type: String, minLength, maxLength, ...documented(options.description) },
    default: options.default,
  });
}

/** Texts, one for each time the parameter is given (`?tag=a&tag=b`), as `string[]`. */
export function QueryTexts(options: Omit<TextOptions, 'default'>): PropertyDecorator {
  const { minLength = 1, maxLength } = options;
  return queryField({
    rule: 'queryTexts',
    many: true,
    convert: (text) => (fits(text, minLength, maxLength) ? text : UNCONVERTED),
    message: `must be texts of ${minLength} to ${maxLength} characters`,
    schema: {
      type: 'array',
      items: { type: 'string', minLength, maxLength },
      ...documented(options.description),
    },
  });
}

/** One of a few words, as it was given. */
export function QueryChoice<const T extends readonly string[]>(
  words: T,
  options: Documented & { readonly default?: T[number] } = {},
): PropertyDecorator {
  return queryField({
    rule: 'queryChoice',
    convert: (text) => (words.includes(text) ? text : UNCONVERTED),
    message: `must be one of ${words.join(', ')}`,
    schema: { type: String, enum: [...words], ...documented(options.description) },
    default: options.default,
  });
}

function fits(text: string, minLength: number, maxLength: number): boolean {
  return text.length >= minLength && text.length <= maxLength;
}

function documented(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}
