import fc from 'fast-check';
import { storableJson } from './storable-json.js';

const stored = (value: unknown): unknown => JSON.parse(storableJson(value) ?? 'null');

describe('JSON that PostgreSQL can store', () => {
  it('is nothing for nothing', () => {
    expect(storableJson(null)).toBeNull();
    expect(storableJson(undefined)).toBeNull();
  });

  it.each([
    ['NUL', 'a\u0000b', 'a\uFFFDb'],
    ['a lone high surrogate', 'a\ud83d', 'a\uFFFD'],
    ['a lone low surrogate', '\ude00a', '\uFFFDa'],
    ['nested', [{ k: ['\u0000'] }], [{ k: ['\uFFFD'] }]],
    ['in keys', { ['a\u0000']: 1 }, { ['a\uFFFD']: 1 }],
    ['a pair, which is well-formed', '😀', '😀'],
    ['text that only looks like an escape', '\\u0000 \\ud800', '\\u0000 \\ud800'],
  ])('replaces what cannot be stored: %s', (_, value, expected) => {
    expect(stored(value)).toEqual(expected);
  });

  it('cleans what an object becomes as JSON, not what it is made of', () => {
    const at = new Date('2030-01-01T00:00:00.000Z');
    expect(stored({ at, text: '\u0000' })).toEqual({ at: at.toISOString(), text: '\uFFFD' });
  });

  it('changes nothing else, and leaves neither NUL nor a lone surrogate', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        expect(stored(value)).toEqual(JSON.parse(JSON.stringify(value)));
        const [clean] = stored([text]) as [string];
        expect(clean.isWellFormed()).toBe(true);
        expect(clean).not.toContain('\u0000');
        expect(clean).toBe(text.toWellFormed().replaceAll('\u0000', '\uFFFD'));
      }),
    );
  });

  it('throws a TypeError for what is no JSON', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => storableJson(cycle)).toThrow(TypeError);
    expect(() => storableJson({ n: 1n })).toThrow(TypeError);
  });
});
