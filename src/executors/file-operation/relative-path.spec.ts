import { parseRelativePath } from './relative-path.js';

describe('paths relative to a root', () => {
  it.each([
    ['a/b.txt', ['a', 'b.txt']],
    ['./a//b/', ['a', 'b']],
    ['.', []],
    ['..a/b..', ['..a', 'b..']],
    ['a\\b', ['a\\b']],
  ])('%j is %j', (path, names) => {
    expect(parseRelativePath(path)).toEqual({ names });
  });

  it.each([
    ['/etc/passwd', 'path_escapes_root'],
    ['..', 'path_escapes_root'],
    ['a/../b', 'path_escapes_root'],
    ['a/..', 'path_escapes_root'],
    ['C:\\Windows', 'path_escapes_root'],
    ['', 'path_invalid'],
    ['a\0b', 'path_invalid'],
    [`${'ä'.repeat(128)}`, 'path_invalid'],
    [`${'a/'.repeat(2049)}`, 'path_invalid'],
  ])('%j is refused: %s', (path, code) => {
    expect(parseRelativePath(path).fault?.code).toBe(code);
  });
});
