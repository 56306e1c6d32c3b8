import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorFixture } from './fixture.js';

const GIB = 1024 ** 3;

/** Files on a real disk; `root` is the path to name in FILE_ROOTS as `data`. */
export async function fileOperation(): Promise<ExecutorFixture & { root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'carillon-conformance-'));
  await writeFile(join(root, 'small'), 'x');
  await writeFile(join(root, 'large'), 'x'.repeat(4 * 1024 * 1024));
  // Sparse: it takes no room and minutes to read.
  await writeFile(join(root, 'endless'), '');
  await truncate(join(root, 'endless'), 512 * GIB);
  const file = (operation: string, path: string, more: object = {}) => ({
    operation,
    root: 'data',
    path,
    ...more,
  });
  return {
    root,
    type: 'file-operation',
    jobType: 'FileOperation',
    quick: file('checksum', 'small'),
    endless: file('checksum', 'endless', { maxBytes: 1024 * GIB }),
    oversized: { configuration: file('read', 'large'), ends: 'Failed' },
    bad: [
      { configuration: file('shred', 'small'), field: 'operation' },
      { configuration: file('read', '../small'), field: 'path' },
    ],
    echo: (text) => file('write', `${text}.txt`, { content: 'x', overwrite: true }),
    close: () => rm(root, { recursive: true, force: true }),
  };
}
