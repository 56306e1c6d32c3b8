import * as fs from 'node:fs/promises';
import { isTemporary, type Directory } from './directory.js';
import { FileFault } from './file-fault.js';
import { placeDirectory, placeFile, refuseToReplace } from './publish.js';
import type { Run } from './run.js';

/**
 * Deletes what is at `name`, with everything below; links are deleted, not what they point to.
 * @param run counts and stops the deletion; without it, it is a clean-up that nothing stops
 */
export async function removeTree(parent: Directory, name: string, run?: Run): Promise<void> {
  run?.checkpoint();
  const stats = await parent.look(name);
  if (stats === null) return;
  if (!stats.isDirectory()) {
    await parent.unlink(name);
    run?.countFile();
    return;
  }
  const directory = await parent.openDirectory(name);
  try {
    for (const child of await directory.names()) await removeTree(directory, child, run);
  } finally {
    await directory.close();
  }
  await parent.removeEmptyDirectory(name);
  run?.countDirectory();
}

/** Throws where moving the content of `from` into `to` would meet something that must not be replaced. */
export async function refuseConflicts(
  from: Directory,
  to: Directory,
  overwrite: boolean,
  run: Run,
): Promise<void> {
  for (const name of await from.names()) {
    run.checkpoint();
    const existing = await to.look(name);
    const coming = await from.look(name);
    if (!existing || !coming) continue;
    if (!existing.isDirectory() || !coming.isDirectory()) {
      if (existing.isDirectory() || coming.isDirectory()) {
        throw new FileFault('exists', `"${to.pathOf(name)}" exists already as a different kind of entry.`);
      }
      refuseToReplace(existing, to.pathOf(name), overwrite);
      continue;
    }
    await withBoth(from, to, name, (source, target) => refuseConflicts(source, target, overwrite, run));
  }
}

/** Moves the content of `from` into `to` within one file system; directories that exist in both are merged. */
export async function mergeTree(from: Directory, to: Directory, overwrite: boolean, run: Run): Promise<void> {
  for (const name of await from.names()) {
    run.checkpoint();
    if (isTemporary(name)) continue;
    const coming = await from.look(name);
    if (!coming) continue;
    if (!coming.isDirectory()) {
      await placeFile(from, name, to, name, overwrite);
    } else if (await to.look(name)) {
      await withBoth(from, to, name, (source, target) => mergeTree(source, target, overwrite, run));
      await from.removeEmptyDirectory(name);
    } else {
      await placeDirectory(from, name, to, name);
    }
  }
  await to.sync();
}

async function withBoth(
  from: Directory,
  to: Directory,
  name: string,
  work: (source: Directory, target: Directory) => Promise<void>,
): Promise<void> {
  const source = await from.openDirectory(name);
  try {
    const target = await to.openDirectory(name);
    try {
      await work(source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Brings the names in every directory below `directory`, and its own, to the disk. */
export async function syncTree(directory: Directory): Promise<void> {
  for (const name of await directory.names()) {
    const stats = await fs.lstat(directory.entry(name));
    if (!stats.isDirectory()) continue;
    const child = await directory.openDirectory(name);
    try {
      await syncTree(child);
    } finally {
      await child.close();
    }
  }
  await directory.sync();
}
