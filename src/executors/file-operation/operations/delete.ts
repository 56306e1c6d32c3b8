import { FileFault } from '../file-fault.js';
import { withDirectory, withParent } from '../locate.js';
import { removeTree } from '../tree.js';
import { walk } from '../walk.js';
import { lookAtSource } from './source.js';
import type { Operation, Task } from './task.js';

/** Deletes a file, a link (not what it points to), or with `recursive` a directory. */
export const remove: Operation = async (task) => {
  if (task.glob) {
    await removeChosen(task);
    return {};
  }
  const isDirectory = (await lookAtSource(task))?.isDirectory() ?? false;
  if (isDirectory && task.configuration.recursive !== true) {
    throw new FileFault(
      'is_directory',
      `"${task.names.join('/')}" is a directory; set "recursive" to delete it.`,
    );
  }
  if (isDirectory) await refuseTooMany(task);
  await withParent(task.root, task.names, async (parent, name) => {
    await removeTree(parent, name, task.run);
    await parent.sync();
  });
  return {};
};

/** Looks before the first deletion whether the limits hold for all of it. */
async function refuseTooMany(task: Task): Promise<void> {
  const ahead = task.run.aside();
  await withDirectory(task.root, task.names, async (directory) => {
    for await (const found of walk(directory, ahead, { deep: true })) {
      if (found.type === 'directory') ahead.countDirectory();
      else ahead.countFile();
    }
  });
}

/** Without `recursive` a glob chooses everything but directories. */
async function removeChosen(task: Task): Promise<void> {
  const ahead = task.run.aside();
  const chosen: (readonly string[])[] = [];
  await withDirectory(task.root, task.names, async (directory) => {
    for await (const found of walk(directory, ahead, { deep: true, glob: task.glob })) {
      if (found.type === 'directory' && task.configuration.recursive !== true) continue;
      ahead.countFile();
      chosen.push([...task.names, ...found.names]);
    }
  });
  // From the last to the first: what a chosen directory holds comes after it.
  for (const names of chosen.reverse()) {
    await withParent(task.root, names, (parent, name) => removeTree(parent, name, task.run));
  }
}
