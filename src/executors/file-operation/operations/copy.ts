import type { Stats } from 'node:fs';
import { chunksOf, writeChunks } from '../content.js';
import type { Directory } from '../directory.js';
import { withDirectory, withParent } from '../locate.js';
import { writeAtomically } from '../publish.js';
import { refuseInside, stageTree } from '../staging.js';
import { isFileOrSkipped, walk } from '../walk.js';
import { isTree } from './source.js';
import type { Operation, Task } from './task.js';

export const copy: Operation = async (task) => {
  if (await isTree(task)) await copyTree(task);
  else await copyFile(task);
  return {};
};

/** Copies one file; its name shows the whole copy or what was there before. */
export async function copyFile(task: Task): Promise<void> {
  const { run } = task;
  await withParent(task.root, task.names, async (from, fromName) => {
    const { handle, stats } = await from.openFile(fromName);
    try {
      run.countFile();
      await withParent(
        task.targetRoot,
        task.targetNames,
        (to, toName) =>
          writeAtomically(to, toName, { overwrite: task.overwrite, mode: modeOf(stats) }, (file) =>
            writeChunks(file, chunksOf(handle, from.pathOf(fromName), run), to.pathOf(toName)),
          ),
        true,
      );
    } finally {
      await handle.close();
    }
  });
}

/** Copies a directory, or what a glob chooses in it, as a whole. */
export async function copyTree(task: Task): Promise<void> {
  const { run, overwrite } = task;
  await withDirectory(task.root, task.names, async (source) => {
    // A glob may well choose files to be copied into a directory below; it cannot choose its own results,
    // which stay in a hidden staging directory until the walk is over.
    const check = task.glob ? undefined : refuseInside(source);
    await stageTree({ root: task.targetRoot, names: task.targetNames, overwrite, check }, run, (staging) =>
      copyInto(source, staging, task),
    );
  });
}

async function copyInto(source: Directory, staging: Directory, task: Task): Promise<void> {
  const { run } = task;
  for await (const found of walk(source, run, { deep: true, glob: task.glob })) {
    if (found.type === 'directory' && !task.glob) {
      run.countDirectory();
      await withDirectory(staging, found.names, () => Promise.resolve(), true);
    }
    if (!isFileOrSkipped(found, run)) continue;
    run.countFile();
    await withParent(staging, found.names, (to) => copyNew(found.parent, found.name, to, task), true);
  }
}

async function copyNew(from: Directory, name: string, to: Directory, { run }: Task): Promise<void> {
  const { handle, stats } = await from.openFile(name);
  try {
    const file = await to.createFile(name);
    try {
      await writeChunks(file, chunksOf(handle, from.pathOf(name), run), to.pathOf(name));
      await file.chmod(modeOf(stats));
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await handle.close();
  }
}

/** Permissions are copied; set-uid, set-gid and sticky bits are not. */
function modeOf(stats: Stats): number {
  return stats.mode & 0o777;
}
