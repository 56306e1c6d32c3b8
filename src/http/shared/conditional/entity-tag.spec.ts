import { entityTag, isNamed, wantedRevisions } from './entity-tag.js';

describe('entity tags', () => {
  const tag = entityTag(7, { a: 1 });

  it('name the revision and the answer', () => {
    expect(tag).toMatch(/^"7-[\w-]{16}"$/);
    expect(entityTag(7, { a: 2 })).not.toBe(tag);
    expect(entityTag(7, { a: 1 })).toBe(tag);
  });

  it.each<[string | undefined, readonly number[] | null]>([
    [undefined, null],
    ['*', null],
    [tag, [7]],
    [`"3-x", ${tag}`, [3, 7]],
    [`W/${tag}`, []],
    ['"other"', []],
  ])('If-Match: %s', (header, revisions) => {
    expect(wantedRevisions(header)).toEqual(revisions);
  });

  it.each(['', '7', '"7', '"a" "b"', '"7-x",'])('refuses If-Match: %s', (header) => {
    expect(() => wantedRevisions(header)).toThrow('If-Match');
  });

  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['*', true],
    [tag, true],
    [`W/${tag}`, true],
    [`"x", ${tag}`, true],
    ['"7-x"', false],
    ['7', false],
  ])('If-None-Match: %s', (header, named) => {
    expect(isNamed(header, tag)).toBe(named);
  });
});
