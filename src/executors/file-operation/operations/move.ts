import { refuseUnlessFile, type Directory } from '../directory.js';
import { asFault, FileFault, systemCode } from '../file-fault.js';
import { withDirectory, withParent } from '../locate.js';
import { placeDirectory, placeFile, refuseToReplace } from '../publish.js';
import { refuseInside } from '../staging.js';
import { mergeTree, refuseConflicts, removeTree } from '../tree.js';
import { isFileOrSkipped, walk } from '../walk.js';
import { copyFile, copyTree } from './copy.js';
import { lookAtSource } from './source.js';
import type { Operation, Task } from './task.js';

/** Renames where both sides are on one file system; otherwise copies and then deletes. */
export const move: Operation = async (task) => {
  if (task.glob) {
    await moveChosen(task);
  } else if ((await lookAtSource(task))?.isDirectory()) {
    await moveDirectory(task);
  } else {
    task.run.countFile();
    await moveFile(task);
  }
  return {};
};

async function moveChosen(task: Task): Promise<void> {
  const chosen: (readonly string[])[] = [];
  await withDirectory(task.root, task.names, async (source) => {
    for await (const found of walk(source, task.run, { deep: true, glob: task.glob })) {
      if (!isFileOrSkipped(found, task.run)) continue;
      task.run.countFile();
      chosen.push(found.names);
    }
  });
  // All conflicts first: a move that is going to be refused should not have moved a part.
  for (const names of chosen) await refuseTaken(task, [...task.targetNames, ...names]);
  for (const names of chosen) {
    task.run.checkpoint();
    await moveFile({
      ...task,
      names: [...task.names, ...names],
      targetNames: [...task.targetNames, ...names],
    });
  }
}

async function refuseTaken(task: Task, target: readonly string[]): Promise<void> {
  try {
    await withParent(task.targetRoot, target, async (to, name) => {
      const existing = await to.look(name);
      if (existing) refuseToReplace(existing, to.pathOf(name), task.overwrite);
    });
  } catch (error) {
    // A directory that is not there yet holds nothing that could be in the way.
    if (!(error instanceof FileFault && error.code === 'not_found')) throw error;
  }
}

async function moveFile(task: Task): Promise<void> {
  const renamed = await betweenParents(task, async (from, fromName, to, toName) => {
    const stats = await from.look(fromName);
    if (stats === null) throw new FileFault('not_found', `"${from.pathOf(fromName)}" does not exist.`);
    refuseUnlessFile(stats, from.pathOf(fromName));
    const existing = await to.look(toName);
    if (existing) refuseToReplace(existing, to.pathOf(toName), task.overwrite);
    return renameOrNot(() => placeFile(from, fromName, to, toName, task.overwrite), from, to, toName);
  });
  if (renamed) return;
  await copyFile({ ...task, run: task.run.aside() });
  await withParent(task.root, task.names, (from, name) => from.unlink(name));
}

async function moveDirectory(task: Task): Promise<void> {
  const plain = await countTree(task);
  const renamed = await betweenParents(task, async (from, fromName, to, toName, trail) => {
    const source = await from.openDirectory(fromName);
    try {
      refuseInside(source)(trail);
      const existing = await to.look(toName);
      if (!existing)
        return await renameOrNot(() => placeDirectory(from, fromName, to, toName), from, to, toName);
      return await merge(source, from, fromName, to, toName, task);
    } finally {
      await source.close();
    }
  });
  if (renamed) return;
  if (!plain) {
    throw new FileFault(
      'special_file_refused',
      'Links and special files cannot be moved to another file system.',
    );
  }
  await copyTree({ ...task, run: task.run.aside() });
  await withParent(task.root, task.names, (from, name) => removeTree(from, name));
}

async function merge(
  source: Directory,
  from: Directory,
  fromName: string,
  to: Directory,
  toName: string,
  task: Task,
): Promise<boolean> {
  const existing = await to.openDirectory(toName);
  try {
    await refuseConflicts(source, existing, task.overwrite, task.run);
    const renamed = await renameOrNot(
      () => mergeTree(source, existing, task.overwrite, task.run),
      from,
      to,
      toName,
    );
    if (renamed) await from.removeEmptyDirectory(fromName);
    return renamed;
  } finally {
    await existing.close();
  }
}

/** Counts against the limits before anything is touched; false where there are links or special files. */
async function countTree(task: Task): Promise<boolean> {
  let plain = true;
  await withDirectory(task.root, task.names, async (source) => {
    for await (const found of walk(source, task.run, { deep: true })) {
      if (found.type === 'directory') task.run.countDirectory();
      else task.run.countFile();
      plain &&= found.type === 'directory' || found.type === 'file';
    }
  });
  return plain;
}

async function betweenParents(
  task: Task,
  work: (
    from: Directory,
    fromName: string,
    to: Directory,
    toName: string,
    trail: readonly string[],
  ) => Promise<boolean>,
): Promise<boolean> {
  return withParent(task.root, task.names, (from, fromName) =>
    withParent(
      task.targetRoot,
      task.targetNames,
      (to, toName, trail) => work(from, fromName, to, toName, trail),
      true,
    ),
  );
}

/** False where the two sides turn out to be on different file systems. */
async function renameOrNot(
  rename: () => Promise<void>,
  from: Directory,
  to: Directory,
  toName: string,
): Promise<boolean> {
  try {
    await rename();
  } catch (error) {
    if (systemCode(error) === 'EXDEV') return false;
    throw asFault(error, to.pathOf(toName));
  }
  await from.sync();
  await to.sync();
  return true;
}
