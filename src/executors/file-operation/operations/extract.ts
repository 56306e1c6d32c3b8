import { readTarGz } from '../archives/tar-reader.js';
import { asArchiveFault, Unpacking } from '../archives/unpacking.js';
import { readZip } from '../archives/zip-reader.js';
import { withParent } from '../locate.js';
import { formatOf } from '../operation-rules.js';
import { stageTree } from '../staging.js';
import type { Operation } from './task.js';

/** What a tar spends on an entry beside its content: headers, long names and padding. */
const TAR_BYTES_PER_ENTRY = 4096;

/** Unpacks an archive into a directory, all of it or nothing. */
export const extract: Operation = async (task) => {
  const { run, limits, overwrite } = task;
  const format = formatOf(task.configuration) ?? 'zip';
  await withParent(task.root, task.names, async (parent, name) => {
    const { handle } = await parent.openFile(name);
    try {
      await stageTree({ root: task.targetRoot, names: task.targetNames, overwrite }, run, async (staging) => {
        const unpacking = new Unpacking(staging, run, task.glob);
        try {
          if (format === 'zip') await readZip(handle, unpacking);
          else await readTarGz(handle, unpacking, limits.maxBytes + limits.maxEntries * TAR_BYTES_PER_ENTRY);
        } catch (error) {
          throw asArchiveFault(error, parent.pathOf(name));
        }
      });
    } finally {
      await handle.close();
    }
  });
  return { format };
};
