import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { temporaryName, refuseUnlessFile, type Directory } from './directory.js';
import { asFault, FileFault, systemCode } from './file-fault.js';

/** Throws where the file at `name` must not be replaced: no leave to, not a plain file, or one with more links. */
export function refuseToReplace(existing: Stats, path: string, overwrite: boolean): void {
  if (!overwrite) {
    throw new FileFault('exists', `"${path}" exists already; set "overwrite" to replace it.`);
  }
  refuseUnlessFile(existing, path);
  if (existing.nlink > 1) {
    throw new FileFault('hard_link_refused', `"${path}" has more than one hard link and is not replaced.`);
  }
}

/**
 * Writes a file so that its name shows either nothing new or all of it, also after a crash: an exclusive
 * temporary, synced, then put in place, and the directory synced.
 * @param fill writes the content
 */
export async function writeAtomically(
  parent: Directory,
  name: string,
  options: { overwrite: boolean; mode?: number },
  fill: (file: FileHandle) => Promise<void>,
): Promise<{ replaced: boolean }> {
  const path = parent.pathOf(name);
  const existing = await parent.look(name);
  if (existing) refuseToReplace(existing, path, options.overwrite);
  const temporary = temporaryName();
  const file = await parent.createFile(temporary);
  try {
    try {
      await fill(file);
      await file.chmod(options.mode ?? (existing ? existing.mode & 0o777 : 0o644));
      await file.sync();
    } finally {
      await file.close();
    }
    await placeFile(parent, temporary, parent, name, options.overwrite);
  } catch (error) {
    await fs.rm(parent.entry(temporary), { force: true });
    throw asFault(error, path);
  }
  await parent.sync();
  return { replaced: existing !== null };
}

/** Moves a file to a name within the same file system; without `overwrite` it fails if that name is taken, without a race. */
export async function placeFile(
  from: Directory,
  fromName: string,
  to: Directory,
  toName: string,
  overwrite: boolean,
): Promise<void> {
  if (!overwrite && (await placeByLink(from, fromName, to, toName))) return;
  await fs.rename(from.entry(fromName), to.entry(toName));
}

async function placeByLink(
  from: Directory,
  fromName: string,
  to: Directory,
  toName: string,
): Promise<boolean> {
  try {
    await fs.link(from.entry(fromName), to.entry(toName));
  } catch (error) {
    // A file system without hard links: the best left is to look before the rename.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? ''))
      throw error;
    const existing = await to.look(toName);
    if (existing) refuseToReplace(existing, to.pathOf(toName), false);
    return false;
  }
  await fs.unlink(from.entry(fromName));
  return true;
}

/** Moves a directory to a free name within the same file system; fails if that name is taken, without a race. */
export async function placeDirectory(
  from: Directory,
  fromName: string,
  to: Directory,
  toName: string,
): Promise<void> {
  // The rename replaces an empty directory only, so making one first reserves the name.
  await to.makeDirectory(toName);
  try {
    await fs.rename(from.entry(fromName), to.entry(toName));
  } catch (error) {
    await to.removeEmptyDirectory(toName);
    throw error;
  }
}
