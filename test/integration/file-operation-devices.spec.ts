import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileOperationConfiguration } from '../../src/executors/file-operation/file-operation.configuration.js';
import { FileOperationExecutor } from '../../src/executors/file-operation/file-operation.executor.js';
import { codeOf, FileRoots, outputOf } from './file-operation-fixture.js';

/** Memory is another file system on Linux. Elsewhere the same promises are kept on one. */
const ANOTHER_FILE_SYSTEM = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

describe('file operations between file systems', () => {
  let roots: FileRoots;
  let away: string;
  let executor: FileOperationExecutor;

  beforeEach(async () => {
    roots = await FileRoots.create();
    away = await mkdtemp(join(ANOTHER_FILE_SYSTEM, 'carillon-files-'));
    executor = new FileOperationExecutor({ roots: { data: roots.data(), away } });
    await mkdir(roots.data('in/sub'), { recursive: true });
    await writeFile(roots.data('in/a'), 'alpha');
    await writeFile(roots.data('in/sub/b'), 'beta');
  });
  afterEach(async () => {
    await rm(away, { recursive: true, force: true });
    await roots.remove();
  });

  const move = (extra: Partial<FileOperationConfiguration>) =>
    executor.execute(
      { operation: 'move', root: 'data', path: 'in', target: 'out', targetRoot: 'away', ...extra },
      roots.context(),
    );

  it('moves a file, a directory, and what a glob chooses', async () => {
    expect(outputOf(await move({ path: 'in/a', target: 'one' }))).toMatchObject({ files: 1 });
    expect(await readFile(join(away, 'one'), 'utf8')).toBe('alpha');
    expect(outputOf(await move({ glob: '**/b' }))).toMatchObject({ files: 1 });
    expect(await readFile(join(away, 'out/sub/b'), 'utf8')).toBe('beta');
    expect(outputOf(await move({ target: 'rest' }))).toMatchObject({ directories: 1 });
    expect((await readdir(away)).sort()).toEqual(['one', 'out', 'rest']);
    expect(await readdir(roots.data())).toEqual([]);
  });

  it('merges a directory, and keeps its source where one file is in the way', async () => {
    await mkdir(join(away, 'out/sub'), { recursive: true });
    await writeFile(join(away, 'out/sub/b'), 'mine');
    expect(codeOf(await move({}))).toBe('exists');
    expect(await roots.tree()).toEqual(['in', 'in/a', 'in/sub', 'in/sub/b']);
    outputOf(await move({ overwrite: true }));
    expect(await readFile(join(away, 'out/sub/b'), 'utf8')).toBe('beta');
    expect(await readdir(roots.data())).toEqual([]);
  });

  it('loses nothing of a directory that holds what cannot be copied', async () => {
    await symlink('a', roots.data('in/link'));
    const outcome = await move({});
    // A rename takes the link along; a copy could not, and is refused before it starts.
    const whole = outcome.kind === 'succeeded' ? join(away, 'out') : roots.data('in');
    expect((await readdir(whole)).sort()).toEqual(['a', 'link', 'sub']);
    expect(await readdir(outcome.kind === 'succeeded' ? roots.data() : away)).toEqual([]);
  });
});

describe('what a file operation holds on to', () => {
  it('leaves no file open, whether it succeeds, is refused or is stopped', async () => {
    const roots = await FileRoots.create();
    try {
      await mkdir(roots.data('in/sub'), { recursive: true });
      await writeFile(roots.data('in/sub/a'), 'alpha');
      await symlink('/etc', roots.data('in/link'));
      const rounds = async () => {
        for (const target of ['x.zip', 'x.tgz']) {
          await roots.run({ operation: 'compress', path: 'in', target, overwrite: true });
          await roots.run({ operation: 'extract', path: target, target: 'out', overwrite: true });
          await roots.run({
            operation: 'extract',
            path: target,
            target: 'out',
            maxBytes: 1,
            overwrite: true,
          });
          await roots.run({ operation: 'extract', path: 'in/sub/a', target: 'out', format: 'zip' });
          await roots.run({ operation: 'compress', path: 'in', target: 'y.tgz', maxBytes: 1 });
          await roots.run({ operation: 'compress', path: 'in', target: 'y.zip', maxBytes: 1 });
        }
        await roots.run({ operation: 'copy', path: 'in', target: 'copy', overwrite: true });
        await roots.run({ operation: 'copy', path: 'in', target: 'copy' });
        await roots.run({ operation: 'read', path: 'in/link/passwd' });
        await roots.run({ operation: 'list', path: '.', recursive: true, maxEntries: 2 });
        await roots.run({ operation: 'move', path: 'copy', target: 'out' });
        await roots.run({ operation: 'delete', path: 'out', recursive: true });
        await roots.run(
          { operation: 'checksum', path: 'in', recursive: true },
          { signal: AbortSignal.abort() },
        );
      };
      await rounds();
      const before = await openFiles(roots);
      for (let round = 0; round < 5; round++) await rounds();
      expect(await openFiles(roots)).toBeLessThanOrEqual(before);
    } finally {
      await roots.remove();
    }
  });
});

/** How many descriptors this process has; where the system does not tell, deleting the tree is all there is to see. */
async function openFiles(roots: FileRoots): Promise<number> {
  if (!existsSync('/proc/self/fd')) return (await roots.tree()).length;
  return (await readdir('/proc/self/fd')).length;
}
