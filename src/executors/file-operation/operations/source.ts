import type { Stats } from 'node:fs';
import { FileFault } from '../file-fault.js';
import { withParent } from '../locate.js';
import type { Task } from './task.js';

/** What is at `path`, without following a link; throws `not_found`. Null for the root itself. */
export async function lookAtSource(task: Task): Promise<Stats | null> {
  if (task.names.length === 0) return null;
  return withParent(task.root, task.names, async (parent, name) => {
    const stats = await parent.look(name);
    if (stats === null) throw new FileFault('not_found', `"${parent.pathOf(name)}" does not exist.`);
    return stats;
  });
}

/** Whether `path` is to be worked on as a directory: it is one, is the root, or a glob says so. */
export async function isTree(task: Task): Promise<boolean> {
  const stats = await lookAtSource(task);
  return task.glob !== undefined || stats === null || stats.isDirectory();
}
