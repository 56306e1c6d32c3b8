import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { glob } from 'tinyglobby';
import { FileRoots, outputOf } from './file-operation-fixture.js';

const FILES = [
  'a.txt',
  'b.csv',
  '.hidden',
  'sub/a.txt',
  'sub/b.csv',
  'sub/.git/config',
  'sub/deep/c.csv',
  'x/sub/a1',
  'x/[y]/z',
];

/** Our matcher walks on open handles; what it chooses is what a well-known one chooses by path. */
describe('globs against tinyglobby', () => {
  let roots: FileRoots;
  beforeAll(async () => {
    roots = await FileRoots.create();
    for (const file of FILES) {
      await mkdir(dirname(roots.data(file)), { recursive: true });
      await writeFile(roots.data(file), file);
    }
  });
  afterAll(() => roots.remove());

  it.each([
    '*',
    '.*',
    '**',
    '**/*',
    '*.csv',
    '**/*.csv',
    'sub/**',
    'sub/*',
    'sub/**/*.csv',
    '**/sub/*',
    '**/sub/**',
    '{a,b}.*',
    '{sub,x/sub}/a*',
    '**/[ab].*',
    '**/[!a].*',
    '**/?.txt',
    '**/a?',
    'x/[[]y]/*',
    'sub/.git/*',
    'nothing/**',
  ])('%s', async (pattern) => {
    const output = outputOf(await roots.run({ operation: 'checksum', path: '.', glob: pattern }));
    const chosen = (output.checksums as { path: string }[]).map(({ path }) => path);
    const options = { cwd: roots.data(), expandDirectories: false, followSymbolicLinks: false };
    expect(chosen.sort()).toEqual((await glob(pattern, options)).sort());
  });
});
