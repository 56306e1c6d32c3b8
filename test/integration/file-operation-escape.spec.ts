import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { Directory } from '../../src/executors/file-operation/directory.js';
import { withParent } from '../../src/executors/file-operation/locate.js';
import { codeOf, FileRoots, outputOf } from './file-operation-fixture.js';

describe('file operations stay inside their root', () => {
  let roots: FileRoots;
  beforeEach(async () => {
    roots = await FileRoots.create();
    await writeFile(roots.outside('secret'), 'SECRET');
    await writeFile(roots.data('mine'), 'mine');
  });
  afterEach(() => roots.remove());

  it.each(['/etc/passwd', '../outside/secret', 'x/../../outside/secret', '..'])(
    'refuses the path %s',
    async (path) => {
      const outcome = await roots.run({ operation: 'read', path });
      expect(codeOf(outcome)).toBe('path_escapes_root');
      expect(outcome).toMatchObject({
        retryable: false,
        error: { details: { faults: [{ field: 'path' }] } },
      });
    },
  );

  describe('symbolic links', () => {
    beforeEach(async () => {
      await symlink(roots.outside('secret'), roots.data('link'));
      await symlink(roots.outside(), roots.data('dirlink'));
      await symlink('mine', roots.data('innerlink'));
    });

    it.each([
      ['read', { operation: 'read', path: 'link' }],
      ['read through a directory', { operation: 'read', path: 'dirlink/secret' }],
      ['read of an inner link', { operation: 'read', path: 'innerlink' }],
      ['list', { operation: 'list', path: 'dirlink' }],
      ['checksum', { operation: 'checksum', path: 'link' }],
      ['copy from', { operation: 'copy', path: 'link', target: 'x' }],
      ['copy to', { operation: 'copy', path: 'mine', target: 'link', overwrite: true }],
      ['copy into', { operation: 'copy', path: 'mine', target: 'dirlink/x' }],
      ['move', { operation: 'move', path: 'link', target: 'x' }],
      ['move into', { operation: 'move', path: 'mine', target: 'dirlink/x' }],
      ['write over', { operation: 'write', path: 'link', content: 'x', overwrite: true }],
      ['write into', { operation: 'write', path: 'dirlink/new', content: 'x' }],
      ['delete through', { operation: 'delete', path: 'dirlink/secret' }],
      ['compress', { operation: 'compress', path: 'link', target: 'x.zip' }],
      ['compress into', { operation: 'compress', path: 'mine', target: 'dirlink/x.zip' }],
      ['extract', { operation: 'extract', path: 'link', format: 'zip', target: 'x' }],
    ] as const)('are never followed: %s', async (_case, configuration) => {
      const outcome = await roots.run(configuration);
      expect(codeOf(outcome)).toBe('symlink_refused');
      expect(JSON.stringify(outcome)).not.toMatch(/SECRET|outside|carillon-files/);
      expect(await readdir(roots.outside())).toEqual(['secret']);
      expect(await readFile(roots.outside('secret'), 'utf8')).toBe('SECRET');
      expect((await readdir(roots.data())).sort()).toEqual(['dirlink', 'innerlink', 'link', 'mine']);
    });

    it('are deleted themselves, never what they point to', async () => {
      outputOf(await roots.run({ operation: 'delete', path: 'dirlink' }));
      await mkdir(roots.data('d'));
      await symlink(roots.outside(), roots.data('d/again'));
      outputOf(await roots.run({ operation: 'delete', path: 'd', recursive: true }));
      expect((await readdir(roots.data())).sort()).toEqual(['innerlink', 'link', 'mine']);
      expect(await readdir(roots.outside())).toEqual(['secret']);
    });

    it('in a tree are neither walked nor read by globs', async () => {
      const checksums = outputOf(await roots.run({ operation: 'checksum', path: '.', glob: '**' }));
      expect(checksums).toMatchObject({ files: 1, skipped: 3 });
      outputOf(
        await roots.run({ operation: 'compress', path: '.', target: 'all.tar.gz', targetRoot: 'other' }),
      );
      outputOf(await roots.run({ operation: 'extract', path: 'all.tar.gz', root: 'other', target: 'all' }));
      expect(await roots.tree(roots.other('all'))).toEqual(['mine']);
    });
  });

  it('refuses a FIFO at once and a socket, instead of waiting for a writer', async () => {
    await promisify(execFile)('mkfifo', [roots.data('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(roots.data('socket'), resolve));
    try {
      for (const path of ['pipe', 'socket']) {
        expect(codeOf(await roots.run({ operation: 'read', path }))).toBe('special_file_refused');
        expect(codeOf(await roots.run({ operation: 'write', path, content: 'x', overwrite: true }))).toBe(
          'special_file_refused',
        );
      }
      const output = outputOf(
        await roots.run({ operation: 'copy', path: '.', target: 'all', targetRoot: 'other' }),
      );
      expect(output).toMatchObject({ files: 1, skipped: 2 });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('says which root is gone without naming its place', async () => {
    await rm(roots.other(), { recursive: true });
    const outcome = await roots.run({ operation: 'list', root: 'other', path: '.' });
    expect(codeOf(outcome)).toBe('not_found');
    expect(JSON.stringify(outcome)).not.toContain('carillon-files');
  });

  /**
   * Somebody swaps a directory on the way for a link to the outside, as fast as the disk allows, while files
   * are read and written through it. Whatever the moment, no secret may be read and nothing be written outside.
   */
  describe('under a race of swaps', () => {
    /** A write may have made the missing directory anew in the meantime: away with it. */
    async function putInPlace(name: string): Promise<void> {
      for (;;) {
        await rm(roots.data('way'), { recursive: true, force: true });
        const placed = await rename(roots.data(name), roots.data('way')).then(
          () => true,
          () => false,
        );
        if (placed) return;
      }
    }

    async function swapWhile(attack: () => Promise<unknown>, rounds: number): Promise<number> {
      await mkdir(roots.data('way'));
      await writeFile(roots.data('way/secret'), 'harmless');
      await symlink(roots.outside(), roots.data('evil'));
      let over = false;
      let swaps = 0;
      const swapping = (async () => {
        while (!over) {
          await rename(roots.data('way'), roots.data('parked'));
          await putInPlace('evil');
          await rename(roots.data('way'), roots.data('evil'));
          await putInPlace('parked');
          swaps++;
        }
      })();
      try {
        for (let round = 0; round < rounds; round++) await attack();
      } finally {
        over = true;
        await swapping;
      }
      return swaps;
    }

    it('reads and writes inside or not at all', async () => {
      const seen = new Map<string, number>();
      const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
      const swaps = await swapWhile(async () => {
        const read = await roots.run({ operation: 'read', path: 'way/secret' });
        note(read.kind === 'succeeded' ? `read ${JSON.stringify(outputOf(read).content)}` : codeOf(read));
        const write = await roots.run({ operation: 'write', path: 'way/new', content: 'x', overwrite: true });
        note(write.kind === 'succeeded' ? 'written' : codeOf(write));
        await roots.run({ operation: 'delete', path: 'way/secret.txt' });
      }, 400);
      expect(swaps).toBeGreaterThan(0);
      expect(seen.get('read "SECRET"')).toBeUndefined();
      // Both sides of the race came up, or it was none.
      expect(seen.get('read "harmless"')).toBeGreaterThan(0);
      expect((seen.get('symlink_refused') ?? 0) + (seen.get('not_found') ?? 0)).toBeGreaterThan(0);
      expect(await readdir(roots.outside())).toEqual(['secret']);
    });

    it('writes where the directory was opened, even when a link took its place meanwhile', async () => {
      await mkdir(roots.data('way'));
      const root = await Directory.openRoot(roots.data());
      try {
        await withParent(root, ['way', 'new'], async (parent, name) => {
          await rename(roots.data('way'), roots.data('parked'));
          await symlink(roots.outside(), roots.data('way'));
          await (await parent.createFile(name)).close();
        });
      } finally {
        await root.close();
      }
      expect(await readdir(roots.data('parked'))).toEqual(['new']);
      expect(await readdir(roots.outside())).toEqual(['secret']);
    });
  });

  /** The way of systems without /proc: a weaker promise, but planted links are found there too. */
  it('finds planted links also where names are resolved by path', async () => {
    await mkdir(roots.data('d'));
    await symlink(roots.outside(), roots.data('d/link'));
    await symlink(roots.outside('secret'), roots.data('d/filelink'));
    const root = await Directory.openRoot(roots.data(), 'path');
    try {
      const directory = await root.openDirectory('d');
      try {
        await expect(directory.openDirectory('link')).rejects.toMatchObject({ code: 'symlink_refused' });
        await expect(directory.openFile('filelink')).rejects.toMatchObject({ code: 'symlink_refused' });
        await (await directory.createFile('new')).close();
        expect(await directory.names()).toEqual(['filelink', 'link', 'new']);
        // Swapped after it was opened, before the next step is taken from it.
        await rename(roots.data('d'), roots.data('parked'));
        await symlink(roots.outside(), roots.data('d'));
        await mkdir(roots.outside('sub'));
        await expect(directory.openDirectory('sub')).rejects.toMatchObject({ code: 'symlink_refused' });
      } finally {
        await directory.close();
      }
    } finally {
      await root.close();
    }
  });
});
