import type { Stats } from 'node:fs';
import { writeTarGz } from '../archives/tar-writer.js';
import { fitsZip, writeZip } from '../archives/zip-writer.js';
import type { Member } from '../archives/member.js';
import { chunksOf } from '../content.js';
import type { Directory } from '../directory.js';
import { withDirectory, withParent } from '../locate.js';
import { formatOf } from '../operation-rules.js';
import { writeAtomically } from '../publish.js';
import { isFileOrSkipped, walk } from '../walk.js';
import { isTree } from './source.js';
import type { Operation, Task } from './task.js';

/** Writes a file, a directory or what a glob chooses in it into a new archive. */
export const compress: Operation = async (task) => {
  const format = formatOf(task.configuration) ?? 'zip';
  const pack = format === 'zip' ? writeZip : writeTarGz;
  const archiveBytes = await withParent(
    task.targetRoot,
    task.targetNames,
    async (to, toName) => {
      // An archive of the last run may lie in the directory that is packed.
      const previous = await to.look(toName);
      let size = 0;
      await writeAtomically(to, toName, { overwrite: task.overwrite }, async (file) => {
        await pack(members(task, previous, format === 'zip'), file, to.pathOf(toName));
        size = (await file.stat()).size;
      });
      return size;
    },
    true,
  );
  return { format, archiveBytes };
};

async function* members(task: Task, previous: Stats | null, zip: boolean): AsyncGenerator<Member> {
  if (!(await isTree(task))) {
    yield* single(task);
    return;
  }
  // A generator cannot yield from within a callback, so the directory is opened and closed by hand here.
  const source = await openSource(task);
  try {
    for await (const found of walk(source, task.run, { deep: true, glob: task.glob })) {
      const path = found.names.join('/');
      if (zip && !fitsZip(path)) {
        task.run.skip(found.parent.pathOf(found.name), 'a zip cannot hold its name');
      } else if (found.type === 'directory' && !task.glob) {
        task.run.countDirectory();
        yield { path, type: 'directory', mode: found.stats.mode, modifiedAt: found.stats.mtime };
      } else if (!(previous && isSame(found.stats, previous)) && isFileOrSkipped(found, task.run)) {
        yield* fileMember(found.parent, found.name, path, task);
      }
    }
  } finally {
    await source.close();
  }
}

async function* single(task: Task): AsyncGenerator<Member> {
  const name = task.names.at(-1) ?? '';
  const parent = await openSource({ ...task, names: task.names.slice(0, -1) });
  try {
    yield* fileMember(parent, name, name, task);
  } finally {
    await parent.close();
  }
}

async function openSource(task: Task): Promise<Directory> {
  return withDirectory(task.root, task.names, (directory) => directory.reopen());
}

async function* fileMember(
  parent: Directory,
  name: string,
  path: string,
  task: Task,
): AsyncGenerator<Member> {
  const { handle, stats } = await parent.openFile(name);
  try {
    task.run.countFile();
    yield {
      path,
      type: 'file',
      mode: stats.mode,
      modifiedAt: stats.mtime,
      size: stats.size,
      content: () => chunksOf(handle, parent.pathOf(name), task.run),
    };
  } finally {
    await handle.close();
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
