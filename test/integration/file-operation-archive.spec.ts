import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { ZipFile } from 'yazl';
import { codeOf, FileRoots, outputOf } from './file-operation-fixture.js';

interface TarEntry {
  path: string;
  type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'FIFO' | 'CharacterDevice' | 'Unsupported';
  linkpath?: string;
  content?: string;
  mode?: number;
}

/** A tar.gz of any entries, hostile ones too. */
function tarGz(entries: TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath, content = '', mode = 0o644 }) => {
    const block = Buffer.alloc(512);
    new Header({ path, type, linkpath, mode, size: content.length, mtime: new Date(0) }).encode(block, 0);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [block, body];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

interface ZipEntry {
  path: string;
  content?: string;
  mode?: number;
}

/** A zip of any entries: names that the library refuses to write are patched in afterwards. */
async function zip(entries: ZipEntry[]): Promise<Buffer> {
  const file = new ZipFile();
  const harmless = entries.map(({ path }) =>
    path.replace(/^[./\\]|\.\.|\\/g, (bad) => 'X'.repeat(bad.length)),
  );
  entries.forEach(({ content = '', mode = 0o100644 }, index) => {
    file.addBuffer(Buffer.from(content), harmless[index] ?? '', { mode });
  });
  file.end();
  const chunks: Buffer[] = [];
  for await (const chunk of file.outputStream) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  entries.forEach(({ path }, index) => {
    const name = harmless[index] ?? '';
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) bytes.write(path, at);
  });
  return bytes;
}

describe('archives', () => {
  let roots: FileRoots;
  beforeEach(async () => {
    roots = await FileRoots.create();
  });
  afterEach(() => roots.remove());

  describe.each(['zip', 'tar.gz'] as const)('%s', (format) => {
    const archive = `packed.${format}`;
    const extract = { operation: 'extract' as const, path: archive, target: 'out' };

    async function plant(): Promise<void> {
      await mkdir(roots.data('in/sub/empty'), { recursive: true });
      await writeFile(roots.data('in/a.txt'), 'alpha');
      await writeFile(roots.data(`in/sub/${'long-ä-'.repeat(25)}.txt`), 'long name');
      await writeFile(roots.data('in/sub/big'), Buffer.alloc(1_500_000, 'carillon '));
      await writeFile(roots.data('in/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
      await symlink('/etc/passwd', roots.data('in/link'));
    }

    async function plantArchive(entries: (TarEntry & ZipEntry)[]): Promise<void> {
      await writeFile(roots.data(archive), format === 'zip' ? await zip(entries) : tarGz(entries));
    }

    it('survives the way there and back, with permissions, empty directories and long names', async () => {
      await plant();
      const packed = outputOf(await roots.run({ operation: 'compress', path: 'in', target: archive }));
      expect(packed).toMatchObject({ files: 4, directories: 2, bytes: 1_500_024, skipped: 1, format });
      expect(packed.archiveBytes).toBe((await stat(roots.data(archive))).size);
      expect(packed.archiveBytes).toBeLessThan(100_000);
      const unpacked = outputOf(await roots.run(extract));
      expect(unpacked).toMatchObject({ files: 4, directories: 2, bytes: 1_500_024, format });
      const expected = (await roots.tree(roots.data('in'))).filter((path) => path !== 'link');
      expect(await roots.tree(roots.data('out'))).toEqual(expected);
      expect(
        (await readFile(roots.data('out/sub/big'))).equals(await readFile(roots.data('in/sub/big'))),
      ).toBe(true);
      expect((await stat(roots.data('out/run.sh'))).mode & 0o777).toBe(0o755);
    });

    it('packs one file, and what a glob chooses, and refuses to replace an archive unasked', async () => {
      await plant();
      const compress = { operation: 'compress' as const, path: 'in', glob: '*.txt', target: archive };
      expect(outputOf(await roots.run(compress)).files).toBe(1);
      expect(codeOf(await roots.run(compress))).toBe('exists');
      outputOf(
        await roots.run({ operation: 'compress', path: 'in/run.sh', target: archive, overwrite: true }),
      );
      outputOf(await roots.run(extract));
      expect(await roots.tree(roots.data('out'))).toEqual(['run.sh']);
    });

    it('does not pack the archive into itself', async () => {
      await plant();
      const compress = {
        operation: 'compress' as const,
        path: 'in',
        target: `in/${archive}`,
        overwrite: true,
      };
      outputOf(await roots.run(compress));
      expect(outputOf(await roots.run(compress)).files).toBe(4);
    });

    it('extracts only what a glob chooses', async () => {
      await plantArchive([
        { path: 'a.txt', content: 'a' },
        { path: 'd/b.csv', content: 'b' },
        { path: 'c.csv' },
      ]);
      expect(outputOf(await roots.run({ ...extract, glob: '**/*.csv' })).files).toBe(2);
      expect(await roots.tree(roots.data('out'))).toEqual(['c.csv', 'd', 'd/b.csv']);
    });

    it('merges into an existing directory, or changes nothing where one file is in the way', async () => {
      await plantArchive([
        { path: 'a', content: 'new' },
        { path: 'd/b', content: 'new' },
      ]);
      await mkdir(roots.data('out/d'), { recursive: true });
      await writeFile(roots.data('out/d/b'), 'mine');
      expect(codeOf(await roots.run(extract))).toBe('exists');
      expect(await roots.tree(roots.data('out'))).toEqual(['d', 'd/b']);
      outputOf(await roots.run({ ...extract, overwrite: true }));
      expect(await roots.tree(roots.data('out'))).toEqual(['a', 'd', 'd/b']);
      expect(await readFile(roots.data('out/d/b'), 'utf8')).toBe('new');
    });

    it.each([
      ['a path upwards', { path: '../evil', content: 'x' }],
      ['a path upwards in the middle', { path: 'd/../../evil', content: 'x' }],
      ['an absolute path', { path: '/evil', content: 'x' }],
    ])('refuses %s, and leaves nothing of the whole archive', async (_case, evil) => {
      await plantArchive([{ path: 'good', content: 'x' }, evil]);
      expect(codeOf(await roots.run(extract))).toBe('archive_unsafe_entry');
      expect(codeOf(await roots.run({ ...extract, glob: 'good' }))).toBe('archive_unsafe_entry');
      expect(await roots.tree()).toEqual([archive]);
    });

    it.each([
      ['the same place twice', ['a', 'a']],
      ['a file where a directory is', ['a/b', 'a']],
      ['a directory where a file is', ['a', 'a/b']],
    ])('refuses %s', async (_case, paths) => {
      await plantArchive(paths.map((path) => ({ path, content: 'x' })));
      expect(codeOf(await roots.run(extract))).toBe('archive_unsafe_entry');
      expect(await roots.tree()).toEqual([archive]);
    });

    it('counts real bytes and entries, whatever the archive claims', async () => {
      await plantArchive([{ path: 'bomb', content: '0'.repeat(5_000_000) }, { path: 'b' }, { path: 'c' }]);
      expect((await stat(roots.data(archive))).size).toBeLessThan(20_000);
      expect(codeOf(await roots.run({ ...extract, maxBytes: 4_999_999 }))).toBe('archive_too_large');
      expect(codeOf(await roots.run({ ...extract, maxEntries: 2 }))).toBe('archive_too_large');
      expect(await roots.tree()).toEqual([archive]);
      expect(outputOf(await roots.run({ ...extract, maxBytes: 5_000_000, maxEntries: 3 })).files).toBe(3);
    });

    it('says of broken content that it is broken', async () => {
      await plantArchive([{ path: 'a', content: 'alpha '.repeat(1000) }]);
      const whole = await readFile(roots.data(archive));
      const broken = Buffer.from(whole);
      broken.fill(0xff, 40, 50);
      for (const content of [
        Buffer.from('no archive at all'),
        whole.subarray(0, whole.length - 30),
        broken,
      ]) {
        await writeFile(roots.data(archive), content);
        const outcome = await roots.run(extract);
        expect(codeOf(outcome)).toBe('archive_invalid');
        expect(JSON.stringify(outcome)).not.toMatch(/carillon-files|\/proc\//);
        expect(await roots.tree()).toEqual([archive]);
      }
    });

    it('says so, too, where the content proves broken before its place is made', async () => {
      // Making sixty directories takes longer than reading a few bytes.
      const path = `${'d/'.repeat(60)}a`;
      await plantArchive([{ path, content: 'alpha '.repeat(1000) }]);
      const broken = await readFile(roots.data(archive));
      // Behind the local header of the zip (30 bytes and the name), or that of gzip.
      const start = format === 'zip' ? 30 + path.length : 20;
      broken.fill(0xff, start, start + 20);
      await writeFile(roots.data(archive), broken);
      for (let round = 0; round < 5; round++)
        expect(codeOf(await roots.run(extract))).toBe('archive_invalid');
      expect(await roots.tree()).toEqual([archive]);
    });

    it('stops in the middle of packing, and keeps the archive that was there', async () => {
      await mkdir(roots.data('in'));
      for (let index = 0; index < 600; index++) await writeFile(roots.data('in', `f${index}`), 'x');
      await writeFile(roots.data(archive), 'the last one');
      const abort = new AbortController();
      roots.onLog = () => abort.abort('cancelled');
      const compress = { operation: 'compress' as const, path: 'in', target: archive, overwrite: true };
      expect(await roots.run(compress, { signal: abort.signal })).toMatchObject({ kind: 'cancelled' });
      expect(codeOf(await roots.run({ ...compress, maxBytes: 599 }))).toBe('too_large');
      expect(await readFile(roots.data(archive), 'utf8')).toBe('the last one');
      expect((await roots.tree()).filter((name) => !name.startsWith('in'))).toEqual([archive]);
    });

    it('stops in the middle and leaves nothing', async () => {
      await plantArchive(Array.from({ length: 700 }, (_, index) => ({ path: `f${index}`, content: 'x' })));
      const abort = new AbortController();
      roots.onLog = () => abort.abort('timeout');
      const outcome = await roots.run(extract, { signal: abort.signal });
      expect(outcome).toMatchObject({ kind: 'cancelled', reason: 'timeout', output: { files: 500 } });
      expect(await roots.tree()).toEqual([archive]);
    });
  });

  it.each([
    ['a symbolic link', { path: 'evil', type: 'SymbolicLink', linkpath: '/etc' }],
    ['a hard link', { path: 'evil', type: 'Link', linkpath: 'good' }],
    ['a FIFO', { path: 'evil', type: 'FIFO' }],
    ['a device', { path: 'evil', type: 'CharacterDevice' }],
  ] as const)('refuses %s in a tar', async (_case, evil) => {
    await writeFile(
      roots.data('evil.tgz'),
      tarGz([{ path: 'good', content: 'x' }, evil, { path: 'evil/passwd' }]),
    );
    const outcome = await roots.run({ operation: 'extract', path: 'evil.tgz', target: 'out' });
    expect(codeOf(outcome)).toBe('archive_unsafe_entry');
    expect(await roots.tree()).toEqual(['evil.tgz']);
  });

  it('refuses a symbolic link and backslashes upwards in a zip', async () => {
    for (const evil of [{ path: 'evil', content: '/etc', mode: 0o120777 }, { path: '..\\evil' }]) {
      await writeFile(roots.data('evil.zip'), await zip([{ path: 'good', content: 'x' }, evil]));
      const outcome = await roots.run({ operation: 'extract', path: 'evil.zip', target: 'out' });
      expect(codeOf(outcome)).toBe('archive_unsafe_entry');
      expect(await roots.tree()).toEqual(['evil.zip']);
    }
  });

  it('does not give set-uid away, and refuses a tar that is all padding past its limit', async () => {
    await writeFile(roots.data('s.tgz'), tarGz([{ path: 'tool', content: 'x', mode: 0o4755 }]));
    outputOf(await roots.run({ operation: 'extract', path: 's.tgz', target: 'out' }));
    expect((await stat(roots.data('out/tool'))).mode & 0o7777).toBe(0o755);

    await writeFile(
      roots.data('p.tgz'),
      gzipSync(Buffer.concat([gunzipSync(tarGz([{ path: 'a' }])), Buffer.alloc(20_000_000)])),
    );
    const padding = {
      operation: 'extract' as const,
      path: 'p.tgz',
      target: 'out2',
      maxEntries: 10,
      maxBytes: 1000,
    };
    expect(codeOf(await roots.run(padding))).toBe('archive_too_large');
  });

  it('refuses gzip inside gzip, which would be unpacked past the count', async () => {
    await writeFile(roots.data('g.tgz'), gzipSync(tarGz([{ path: 'a', content: 'x' }])));
    expect(codeOf(await roots.run({ operation: 'extract', path: 'g.tgz', target: 'out' }))).toBe(
      'archive_invalid',
    );
  });
});
