import { createHash } from 'node:crypto';
import { chmod, link, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { FileOperationExecutor } from '../../src/executors/file-operation/file-operation.executor.js';
import { codeOf, FileRoots, outputOf } from './file-operation-fixture.js';

describe('file operations', () => {
  let roots: FileRoots;
  beforeEach(async () => {
    roots = await FileRoots.create();
  });
  afterEach(() => roots.remove());

  /** a.txt, sub/b.csv, sub/deep/c.csv, sub/empty/ */
  async function plant(): Promise<void> {
    await mkdir(roots.data('in/sub/deep'), { recursive: true });
    await mkdir(roots.data('in/sub/empty'));
    await writeFile(roots.data('in/a.txt'), 'alpha');
    await writeFile(roots.data('in/sub/b.csv'), 'beta');
    await writeFile(roots.data('in/sub/deep/c.csv'), 'gamma');
  }

  describe('write', () => {
    it('writes the content, makes missing directories, and leaves no temporary', async () => {
      const output = outputOf(
        await roots.run({ operation: 'write', path: 'new/dir/note.txt', content: 'Grüße\n' }),
      );
      expect(output).toEqual({
        operation: 'write',
        root: 'data',
        path: 'new/dir/note.txt',
        files: 1,
        directories: 0,
        bytes: 8,
        skipped: 0,
        replaced: false,
      });
      expect(await readFile(roots.data('new/dir/note.txt'), 'utf8')).toBe('Grüße\n');
      expect(await roots.tree()).toEqual(['new', 'new/dir', 'new/dir/note.txt']);
    });

    it('replaces only with leave to, and then keeps the permissions', async () => {
      await writeFile(roots.data('note.txt'), 'old');
      await chmod(roots.data('note.txt'), 0o640);
      expect(codeOf(await roots.run({ operation: 'write', path: 'note.txt', content: 'new' }))).toBe(
        'exists',
      );
      expect(await readFile(roots.data('note.txt'), 'utf8')).toBe('old');
      const outcome = await roots.run({
        operation: 'write',
        path: 'note.txt',
        content: 'new',
        overwrite: true,
      });
      expect(outputOf(outcome).replaced).toBe(true);
      expect(await readFile(roots.data('note.txt'), 'utf8')).toBe('new');
      expect((await stat(roots.data('note.txt'))).mode & 0o777).toBe(0o640);
    });

    it.each([
      ['a text as it is', 'plain "text"', 'plain "text"'],
      ['anything else as JSON', { total: 3 }, '{"total":3}'],
      ['an empty text', '', ''],
    ])('writes the payload where there is no content: %s', async (_case, payload, expected) => {
      outputOf(await roots.run({ operation: 'write', path: 'payload' }, { payload }));
      expect(await readFile(roots.data('payload'), 'utf8')).toBe(expected);
    });

    it('prefers the content to the payload, decodes base64, and refuses to write nothing', async () => {
      const content = Buffer.from([0, 255, 7]).toString('base64');
      outputOf(
        await roots.run(
          { operation: 'write', path: 'raw', content, encoding: 'base64' },
          { payload: 'ignored' },
        ),
      );
      expect([...(await readFile(roots.data('raw')))]).toEqual([0, 255, 7]);
      expect(codeOf(await roots.run({ operation: 'write', path: 'none' }))).toBe('content_missing');
      const broken = await roots.run(
        { operation: 'write', path: 'none', encoding: 'base64' },
        { payload: '*' },
      );
      expect(codeOf(broken)).toBe('content_invalid');
    });

    it('does not let two writers both believe that they made the file', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          roots.run({ operation: 'write', path: 'one', content: `writer ${index}` }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'succeeded')).toHaveLength(1);
      expect(await roots.tree()).toEqual(['one']);
    });
  });

  describe('read', () => {
    it('answers text as utf8 and anything else as base64', async () => {
      await writeFile(roots.data('text'), 'Grüße');
      await writeFile(roots.data('binary'), Buffer.from([0xff, 0x00]));
      await writeFile(roots.data('nul'), 'a\0b');
      expect(outputOf(await roots.run({ operation: 'read', path: 'text' }))).toMatchObject({
        encoding: 'utf8',
        content: 'Grüße',
        bytes: 7,
      });
      expect(outputOf(await roots.run({ operation: 'read', path: 'binary' }))).toMatchObject({
        encoding: 'base64',
        content: '/wA=',
      });
      expect(outputOf(await roots.run({ operation: 'read', path: 'nul' })).encoding).toBe('base64');
      expect(codeOf(await roots.run({ operation: 'read', path: 'binary', encoding: 'utf8' }))).toBe(
        'not_text',
      );
      expect(
        outputOf(await roots.run({ operation: 'read', path: 'text', encoding: 'base64' })).encoding,
      ).toBe('base64');
    });

    it('refuses what is too large, absent or a directory, without naming the machine', async () => {
      await writeFile(roots.data('large'), 'x'.repeat(11));
      const outcomes = await Promise.all([
        roots.run({ operation: 'read', path: 'large', maxBytes: 10 }),
        roots.run({ operation: 'read', path: 'absent/file' }),
        roots.run({ operation: 'read', path: 'large/file' }),
        roots.run({ operation: 'read', path: './', maxBytes: 10 }),
      ]);
      expect(outcomes.map(codeOf)).toEqual([
        'too_large',
        'not_found',
        'not_a_directory',
        'configuration_invalid',
      ]);
      expect(JSON.stringify(outcomes)).not.toMatch(/carillon-files|\/proc\/|\/tmp\//);
    });
  });

  describe('list', () => {
    it('lists one level, all levels, or what a glob chooses', async () => {
      await plant();
      await symlink('a.txt', roots.data('in/link'));
      const paths = async (extra: object) =>
        (
          outputOf(await roots.run({ operation: 'list', path: 'in', ...extra })).entries as { path: string }[]
        ).map(({ path }) => path);
      expect(await paths({})).toEqual(['in/a.txt', 'in/link', 'in/sub']);
      expect(await paths({ recursive: true })).toEqual([
        'in/a.txt',
        'in/link',
        'in/sub',
        'in/sub/b.csv',
        'in/sub/deep',
        'in/sub/deep/c.csv',
        'in/sub/empty',
      ]);
      expect(await paths({ glob: '**/*.csv' })).toEqual(['in/sub/b.csv', 'in/sub/deep/c.csv']);
    });

    it('says type, bytes and time of an entry, and when it cut the list off', async () => {
      await plant();
      const output = outputOf(await roots.run({ operation: 'list', path: 'in', maxEntries: 1 }));
      expect(output.truncated).toBe(true);
      expect(output.entries).toEqual([
        {
          path: 'in/a.txt',
          type: 'file',
          bytes: 5,
          modifiedAt: (await stat(roots.data('in/a.txt'))).mtime.toISOString(),
        },
      ]);
      expect(outputOf(await roots.run({ operation: 'list', path: '.' })).truncated).toBe(false);
    });
  });

  describe('checksum', () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

    it('hashes a file by the algorithm asked for', async () => {
      await plant();
      expect(outputOf(await roots.run({ operation: 'checksum', path: 'in/a.txt' })).checksum).toBe(
        sha256('alpha'),
      );
      const md5 = createHash('md5').update('alpha').digest('hex');
      const outcome = await roots.run({ operation: 'checksum', path: 'in/a.txt', algorithm: 'md5' });
      expect(outputOf(outcome).checksum).toBe(md5);
    });

    it('hashes the files of a directory and all of them together', async () => {
      await plant();
      const output = outputOf(await roots.run({ operation: 'checksum', path: 'in', recursive: true }));
      expect(output.checksums).toEqual([
        { path: 'in/a.txt', bytes: 5, checksum: sha256('alpha') },
        { path: 'in/sub/b.csv', bytes: 4, checksum: sha256('beta') },
        { path: 'in/sub/deep/c.csv', bytes: 5, checksum: sha256('gamma') },
      ]);
      const lines = `${sha256('alpha')}  a.txt\n${sha256('beta')}  sub/b.csv\n${sha256('gamma')}  sub/deep/c.csv\n`;
      expect(output.checksum).toBe(sha256(lines));
    });
  });

  describe('copy', () => {
    it('copies a file with its permissions but without set-uid', async () => {
      await writeFile(roots.data('tool'), 'x');
      await chmod(roots.data('tool'), 0o4755);
      outputOf(await roots.run({ operation: 'copy', path: 'tool', target: 'bin/tool', targetRoot: 'other' }));
      expect((await stat(roots.other('bin/tool'))).mode & 0o7777).toBe(0o755);
      expect(await readFile(roots.data('tool'), 'utf8')).toBe('x');
    });

    it('copies a directory with empty ones, and leaves links out, counted and logged', async () => {
      await plant();
      await symlink('/etc/passwd', roots.data('in/link'));
      const output = outputOf(await roots.run({ operation: 'copy', path: 'in', target: 'out' }));
      expect(output).toMatchObject({ files: 3, directories: 3, bytes: 14, skipped: 1, target: 'out' });
      expect(await roots.tree(roots.data('out'))).toEqual([
        'a.txt',
        'sub',
        'sub/b.csv',
        'sub/deep',
        'sub/deep/c.csv',
        'sub/empty',
      ]);
      expect(roots.logged).toContainEqual({
        level: 'warn',
        message: 'Left out "in/link": a symbolic link is never followed.',
      });
      expect((await roots.tree()).filter((path) => path.includes('.carillon'))).toEqual([]);
    });

    it('merges into an existing directory, and changes nothing where one file is in the way', async () => {
      await plant();
      await mkdir(roots.data('out/sub/deep'), { recursive: true });
      await writeFile(roots.data('out/sub/deep/c.csv'), 'mine');
      await writeFile(roots.data('out/keep'), 'kept');
      const before = await roots.tree();
      expect(codeOf(await roots.run({ operation: 'copy', path: 'in', target: 'out' }))).toBe('exists');
      expect(await roots.tree()).toEqual(before);
      outputOf(await roots.run({ operation: 'copy', path: 'in', target: 'out', overwrite: true }));
      expect(await readFile(roots.data('out/sub/deep/c.csv'), 'utf8')).toBe('gamma');
      expect(await roots.tree(roots.data('out'))).toContain('keep');
      expect(await readFile(roots.data('in/sub/deep/c.csv'), 'utf8')).toBe('gamma');
    });

    it('copies what a glob chooses into a directory, the root included', async () => {
      await plant();
      const outcome = await roots.run({
        operation: 'copy',
        path: 'in',
        glob: '**/*.csv',
        target: '.',
        targetRoot: 'other',
      });
      expect(outputOf(outcome).files).toBe(2);
      expect(await roots.tree(roots.other())).toEqual(['sub', 'sub/b.csv', 'sub/deep', 'sub/deep/c.csv']);
    });

    it('refuses a target inside its own source, also through another root', async () => {
      await plant();
      const [inside] = await roots.executor.check({
        operation: 'copy',
        root: 'data',
        path: 'in',
        target: 'in/x',
      });
      expect(inside).toEqual({ field: 'target', message: 'must not lie inside "path"' });
      const overlapping = new FileOperationExecutor({
        roots: { data: roots.data(), part: roots.data('in') },
      });
      const outcome = await overlapping.execute(
        { operation: 'copy', root: 'part', path: 'sub', target: 'in/sub/deep/x', targetRoot: 'data' },
        roots.context(),
      );
      expect(codeOf(outcome)).toBe('target_inside_source');
    });
  });

  describe('move', () => {
    it('moves a file, and replaces only with leave to', async () => {
      await plant();
      await writeFile(roots.data('taken'), 'mine');
      expect(codeOf(await roots.run({ operation: 'move', path: 'in/a.txt', target: 'taken' }))).toBe(
        'exists',
      );
      expect(await readFile(roots.data('in/a.txt'), 'utf8')).toBe('alpha');
      outputOf(await roots.run({ operation: 'move', path: 'in/a.txt', target: 'taken', overwrite: true }));
      expect(await readFile(roots.data('taken'), 'utf8')).toBe('alpha');
      expect(await roots.tree(roots.data('in'))).not.toContain('a.txt');
    });

    it('moves a directory, and merges it into an existing one', async () => {
      await plant();
      expect(outputOf(await roots.run({ operation: 'move', path: 'in', target: 'a/b' }))).toMatchObject({
        files: 3,
        directories: 3,
      });
      await plant();
      expect(codeOf(await roots.run({ operation: 'move', path: 'in', target: 'a/b' }))).toBe('exists');
      outputOf(await roots.run({ operation: 'move', path: 'in', target: 'a/b', overwrite: true }));
      expect(await roots.tree()).toEqual([
        'a',
        'a/b',
        'a/b/a.txt',
        'a/b/sub',
        'a/b/sub/b.csv',
        'a/b/sub/deep',
        'a/b/sub/deep/c.csv',
        'a/b/sub/empty',
      ]);
    });

    it('moves what a glob chooses, or nothing where one is in the way', async () => {
      await plant();
      await mkdir(roots.other('sub'));
      await writeFile(roots.other('sub/b.csv'), 'mine');
      const move = {
        operation: 'move' as const,
        path: 'in',
        glob: '**/*.csv',
        target: '.',
        targetRoot: 'other',
      };
      expect(codeOf(await roots.run(move))).toBe('exists');
      expect(await roots.tree(roots.other())).toEqual(['sub', 'sub/b.csv']);
      outputOf(await roots.run({ ...move, overwrite: true }));
      expect(await roots.tree(roots.other())).toEqual(['sub', 'sub/b.csv', 'sub/deep', 'sub/deep/c.csv']);
      expect(await roots.tree(roots.data('in'))).toEqual(['a.txt', 'sub', 'sub/deep', 'sub/empty']);
    });
  });

  describe('delete', () => {
    it('deletes a file, and a directory only when told to', async () => {
      await plant();
      outputOf(await roots.run({ operation: 'delete', path: 'in/a.txt' }));
      expect(codeOf(await roots.run({ operation: 'delete', path: 'in' }))).toBe('is_directory');
      expect(outputOf(await roots.run({ operation: 'delete', path: 'in', recursive: true }))).toMatchObject({
        files: 2,
        directories: 4,
      });
      expect(await roots.tree()).toEqual([]);
      expect(codeOf(await roots.run({ operation: 'delete', path: 'in' }))).toBe('not_found');
    });

    it('deletes what a glob chooses, and directories only when told to', async () => {
      await plant();
      expect(outputOf(await roots.run({ operation: 'delete', path: 'in', glob: '*' })).files).toBe(1);
      expect(await roots.tree(roots.data('in'))).toEqual([
        'sub',
        'sub/b.csv',
        'sub/deep',
        'sub/deep/c.csv',
        'sub/empty',
      ]);
      outputOf(await roots.run({ operation: 'delete', path: '.', glob: 'in/**', recursive: true }));
      expect(await roots.tree()).toEqual(['in']);
    });

    it('deletes nothing at all where the limit does not hold for all', async () => {
      await plant();
      const remove = { operation: 'delete' as const, path: 'in', recursive: true, maxEntries: 3 };
      expect(codeOf(await roots.run(remove))).toBe('too_many_entries');
      expect(await roots.tree(roots.data('in'))).toHaveLength(6);
    });
  });

  describe('limits, progress and stopping', () => {
    async function plantMany(count: number): Promise<void> {
      await mkdir(roots.data('many'));
      for (let index = 0; index < count; index++)
        await writeFile(roots.data('many', `f${index}`), 'x'.repeat(10));
    }

    it('holds a copy to its entries and bytes, and leaves nothing of it', async () => {
      await plantMany(10);
      const copy = { operation: 'copy' as const, path: 'many', target: 'out' };
      expect(codeOf(await roots.run({ ...copy, maxEntries: 9 }))).toBe('too_many_entries');
      expect(codeOf(await roots.run({ ...copy, maxBytes: 99 }))).toBe('too_large');
      expect(await roots.tree()).toHaveLength(11);
      expect(outputOf(await roots.run({ ...copy, maxEntries: 10, maxBytes: 100 }))).toMatchObject({
        bytes: 100,
      });
    });

    it('logs progress on the way', async () => {
      await plantMany(1001);
      outputOf(await roots.run({ operation: 'checksum', path: 'many' }));
      expect(roots.logged.map(({ message }) => message)).toEqual([
        expect.stringContaining('So far 500 files'),
        expect.stringContaining('So far 1000 files'),
      ]);
    });

    it('stops between entries, answers why and how far it came, and leaves nothing half done', async () => {
      await plantMany(600);
      const abort = new AbortController();
      roots.onLog = () => abort.abort('cancelled');
      const outcome = await roots.run(
        { operation: 'copy', path: 'many', target: 'out' },
        { signal: abort.signal },
      );
      expect(outcome).toMatchObject({ kind: 'cancelled', reason: 'cancelled', output: { files: 500 } });
      expect((await roots.tree()).filter((path) => !path.startsWith('many'))).toEqual([]);
    });

    it('does nothing for an attempt that is over already', async () => {
      const signal = AbortSignal.abort('shutdown');
      const outcome = await roots.run({ operation: 'write', path: 'x', content: 'x' }, { signal });
      expect(outcome).toMatchObject({ kind: 'cancelled', reason: 'shutdown' });
      expect(await roots.tree()).toEqual([]);
    });
  });

  it('refuses to replace a file with another hard link', async () => {
    await writeFile(roots.outside('precious'), 'precious');
    await link(roots.outside('precious'), roots.data('linked'));
    await writeFile(roots.data('mine'), 'mine');
    for (const configuration of [
      { operation: 'write' as const, path: 'linked', content: 'x', overwrite: true },
      { operation: 'copy' as const, path: 'mine', target: 'linked', overwrite: true },
      { operation: 'move' as const, path: 'mine', target: 'linked', overwrite: true },
    ]) {
      expect(codeOf(await roots.run(configuration))).toBe('hard_link_refused');
    }
    expect(await readFile(roots.outside('precious'), 'utf8')).toBe('precious');
  });
});
