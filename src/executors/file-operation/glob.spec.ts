import { compileGlob } from './glob.js';

describe('globs', () => {
  const matches = (pattern: string, path: string): boolean => {
    const { glob, fault } = compileGlob(pattern);
    if (fault !== undefined) throw new Error(fault);
    return glob.matches(path.split('/'));
  };

  it.each([
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['*', '.hidden', false],
    ['.*', '.hidden', true],
    ['*.csv', 'x.csv', true],
    ['*.csv', '.csv', false],
    ['*.csv', 'x.csv.gz', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['?', 'ä', true],
    ['?', '', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[!a-c]x', 'ax', false],
    ['[]]', ']', true],
    ['[*]', '*', true],
    ['[*]', 'x', false],
    ['{a,b}.txt', 'b.txt', true],
    ['{a,b}.txt', 'c.txt', false],
    ['{a,b{c,d}}/x', 'bd/x', true],
    ['{,un}done', 'undone', true],
    ['**', 'a', true],
    ['**', 'a/b/c', true],
    ['**', '.git/config', false],
    ['**/*.csv', 'x.csv', true],
    ['**/*.csv', 'a/b/x.csv', true],
    ['**/*.csv', '.a/x.csv', false],
    ['a/**', 'a/b', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**', 'a/.b', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/b/c', false],
    ['**/a/**', 'x/a/y', true],
    ['**/a/**', 'x/a', false],
    ['**/**', 'a', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  it('knows where it is worth looking', () => {
    const reaches = (pattern: string, directory: string) =>
      compileGlob(pattern).glob?.reaches(directory.split('/'));
    expect(reaches('*.csv', 'a')).toBe(false);
    expect(reaches('a/*.csv', 'a')).toBe(true);
    expect(reaches('a/*.csv', 'b')).toBe(false);
    expect(reaches('**/x', 'a/b/c')).toBe(true);
    expect(reaches('{a,b}/c/*', 'b/c')).toBe(true);
  });

  it.each([
    '',
    '/a',
    'a//b',
    '../a',
    'a/./b',
    '!a',
    'a\\b',
    '+(a)',
    '{a',
    'a}',
    '{a}',
    '[a',
    'x'.repeat(513),
  ])('says what is wrong with %j', (pattern) => {
    expect(compileGlob(pattern).fault).toEqual(expect.any(String));
  });

  it('refuses braces that multiply', () => {
    expect(compileGlob('{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}').fault).toBeUndefined();
    expect(compileGlob('{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}').fault).toContain('64');
  });

  it('does not hang on many stars: a backtracking matcher would take years', () => {
    expect(matches(`${'*a'.repeat(60)}*b`, 'a'.repeat(255))).toBe(false);
    expect(matches(`${'**/'.repeat(40)}b`, 'a/'.repeat(100) + 'c')).toBe(false);
  });
});
