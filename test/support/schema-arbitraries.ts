import fc from 'fast-check';
import { type OpenApiDocument, type Operation, resolved, type Schema } from './openapi.js';

const DEPTH = 5;
const JSON_VALUE = fc.jsonValue({ maxDepth: 2 });

/** Values that fit a schema, as far as a schema tells. Rules between fields may still refuse them. */
export function fitting(document: OpenApiDocument, given: Schema, depth = DEPTH): fc.Arbitrary<unknown> {
  const schema = resolved(document, given);
  const plain = withoutNull(document, schema, depth);
  return schema.nullable === true ? fc.option(plain, { nil: null, freq: 6 }) : plain;
}

function withoutNull(document: OpenApiDocument, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum.filter((value) => value !== null));
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map((choice) => fitting(document, choice, depth - 1)));
  if (schema.allOf?.[0]) return fitting(document, schema.allOf[0], depth);
  switch (schema.type) {
    case 'object':
      return objects(document, schema, depth);
    case 'array':
      return fc.array(fitting(document, schema.items ?? {}, depth - 1), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case 'string':
      return strings(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1_000, 2_147_483_647) });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case undefined:
      return JSON_VALUE;
  }
}

function objects(document: OpenApiDocument, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth <= 0) return fc.constant({});
  const { properties } = schema;
  if (!properties) return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), JSON_VALUE, { maxKeys: 3 });
  const entries = Object.entries(properties).map(([name, property]): [string, fc.Arbitrary<unknown>] => [
    name,
    withExample(document, property, depth - 1),
  ]);
  const required = (schema.required ?? []).filter((name) => name in properties);
  return fc.record(Object.fromEntries(entries), { requiredKeys: required });
}

/** The example of a field is often the only value that really works: it is tried as often as any other. */
function withExample(document: OpenApiDocument, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const any = fitting(document, schema, depth);
  return schema.example === undefined ? any : fc.oneof(fc.constant(schema.example), any);
}

function strings(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.format === 'date-time') {
    return fc
      .date({ min: new Date('2027-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  if (schema.format === 'uuid') return fc.uuid();
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern));
  return fc.string({
    minLength: schema.minLength ?? 0,
    maxLength: Math.min(schema.maxLength ?? 30, 30),
    unit: 'grapheme',
  });
}

/** The examples of an operation's request body, which its documentation promises to work. */
export function examplesOf(document: OpenApiDocument, operation: Operation): unknown[] {
  const content = operation.requestBody?.content['application/json'];
  const examples = Object.values(content?.examples ?? {}).map((example) => example.value);
  if (content?.example !== undefined) examples.push(content.example);
  if (examples.length > 0 || !content?.schema) return examples;
  const { example, properties } = resolved(document, content.schema);
  if (example !== undefined) return [example];
  return [Object.fromEntries(Object.entries(properties ?? {}).map(([name, field]) => [name, field.example]))];
}

/** A documented example as it stands, or with one field changed to another that fits, or anything that fits. */
export function fittingBody(
  document: OpenApiDocument,
  schema: Schema,
  examples: unknown[],
): fc.Arbitrary<unknown> {
  const any = fitting(document, schema);
  if (examples.length === 0) return any;
  const example = fc.constantFrom(...examples);
  const changed = fc
    .tuple(example, any, fc.nat())
    .map(([base, other, place]) => withOneOf(base, other, place));
  return fc.oneof(
    { arbitrary: example, weight: 2 },
    { arbitrary: changed, weight: 3 },
    { arbitrary: any, weight: 1 },
  );
}

function withOneOf(base: unknown, other: unknown, place: number): unknown {
  if (typeof base !== 'object' || base === null || typeof other !== 'object' || other === null) return other;
  const names = Object.keys(other);
  const name = names[place % names.length];
  return name === undefined ? base : { ...base, [name]: (other as Record<string, unknown>)[name] };
}

/** Anything at all, hostile things among it. */
export const HOSTILE: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e308,
    1.5,
    '',
    ' ',
    [],
    {},
    'x'.repeat(5_000),
    '\ud800',
    "'; DROP TABLE jobs; --",
  ),
  fc.constantFrom<unknown>(
    '9999-99-99',
    '*/0 * * * *',
    '${{ secrets.NOPE }}',
    '../../etc/passwd',
    { toString: 1 },
    [[[]]],
  ),
  JSON_VALUE,
);

/** A fitting value with one thing broken: a field dropped, replaced by anything, or one too many. */
export function broken(document: OpenApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof(
    HOSTILE,
    fc
      .tuple(fitting(document, schema), fc.nat(), HOSTILE, fc.constantFrom('drop', 'replace', 'add'))
      .map(([value, place, other, how]) => breakAt(value, place, other, how)),
  );
}

function breakAt(value: unknown, place: number, other: unknown, how: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return other;
  const names = Object.keys(value);
  if (how === 'add' || names.length === 0) return { ...value, unexpectedField: other };
  const name = names[place % names.length] as string;
  const { [name]: _dropped, ...rest } = value as Record<string, unknown>;
  return how === 'drop' ? rest : { ...rest, [name]: other };
}
