import type { Json } from '../../../domain/execution/outcome.js';
import { withDirectory } from '../locate.js';
import { walk } from '../walk.js';
import type { Operation } from './task.js';

/** Lists a directory; what goes past the limit is cut off, and said so. */
export const list: Operation = async (task) => {
  const entries: Json[] = [];
  let truncated = false;
  const deep = task.glob !== undefined || task.configuration.recursive === true;
  await withDirectory(task.root, task.names, async (directory) => {
    for await (const { parent, name, type, stats } of walk(directory, task.run, { deep, glob: task.glob })) {
      if (entries.length >= task.limits.maxEntries) {
        truncated = true;
        return;
      }
      if (type === 'directory') task.run.countDirectory();
      else task.run.countFile();
      const bytes = type === 'file' ? stats.size : 0;
      entries.push({ path: parent.pathOf(name), type, bytes, modifiedAt: stats.mtime.toISOString() });
    }
  });
  return { entries, truncated };
};
