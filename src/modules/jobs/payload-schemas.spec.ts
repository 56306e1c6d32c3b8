import type { Json } from '../../domain/execution/outcome.js';
import { PayloadSchemas } from './payload-schemas.js';

const schemas = new PayloadSchemas();
const faults = (schema: Record<string, Json>, payload: Json) =>
  schemas.faults(schema, [{ payload, field: 'payload' }]);

describe('payload schemas', () => {
  it('name the paths of what breaks them', () => {
    const schema = { properties: { sku: { pattern: '^[A-Z]{3}-\\d+$' } }, required: ['sku'] };
    expect(faults(schema, { sku: 'ABC-1' })).toEqual([]);
    expect(faults(schema, { sku: 'abc' }).map(({ field }) => field)).toEqual(['payload.sku']);
    expect(faults(schema, {}).map(({ field }) => field)).toEqual(['payload']);
  });

  it.each(['^(a+)+$', '^(a|a)*$', '^(a*)*c$'])(
    'match %s against a hostile text without going astray',
    (pattern) => {
      expect(faults({ type: 'string', pattern }, `${'a'.repeat(50_000)}!`)).toHaveLength(1);
    },
  );

  it.each(['(?=a)b', '(a)\\1', '(?<!x)a', '(', '^a{1,2000}$'])('refuse the pattern %s', (pattern) => {
    expect(schemas.schemaFault({ pattern })).toContain('must be a JSON Schema 2020-12');
    expect(schemas.schemaFault({ patternProperties: { [pattern]: true } })).not.toBeNull();
  });

  it.each([
    ['that refers to itself for ever', { $ref: '#' }, 1],
    [
      'with much more work than it looks',
      { uniqueItems: true },
      Array.from({ length: 40_000 }, (_, index) => ({ index })),
    ],
  ])('refuse a payload whose check ends in nothing: a schema %s', (_case, schema, payload) => {
    const [fault, ...others] = faults(schema, payload);
    expect(fault?.message).toContain('cannot be checked by the payload schema of the job');
    expect(others).toEqual([]);
  });
});
