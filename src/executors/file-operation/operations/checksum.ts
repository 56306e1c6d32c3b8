import { createHash } from 'node:crypto';
import type { Json } from '../../../domain/execution/outcome.js';
import { chunksOf } from '../content.js';
import type { Directory } from '../directory.js';
import { withDirectory, withParent } from '../locate.js';
import { isFileOrSkipped, walk } from '../walk.js';
import { isTree } from './source.js';
import type { Operation, Task } from './task.js';

/**
 * The checksum of a file; or of every file of a directory, and one over all of them, which changes when any
 * content or name does (the hash of the lines `<hash>  <path>\n`, paths from the directory, in order).
 */
export const checksum: Operation = async (task): Promise<Record<string, Json>> => {
  const algorithm = task.configuration.algorithm ?? 'sha256';
  if (!(await isTree(task))) {
    const result = await withParent(task.root, task.names, (parent, name) =>
      hashOf(parent, name, algorithm, task),
    );
    return { algorithm, checksum: result };
  }
  const checksums: Json[] = [];
  const whole = createHash(algorithm);
  const deep = task.glob !== undefined || task.configuration.recursive === true;
  await withDirectory(task.root, task.names, async (directory) => {
    for await (const found of walk(directory, task.run, { deep, glob: task.glob })) {
      if (!isFileOrSkipped(found, task.run)) continue;
      const hash = await hashOf(found.parent, found.name, algorithm, task);
      whole.update(`${hash}  ${found.names.join('/')}\n`);
      checksums.push({ path: found.parent.pathOf(found.name), bytes: found.stats.size, checksum: hash });
    }
  });
  return { algorithm, checksum: whole.digest('hex'), checksums };
};

async function hashOf(parent: Directory, name: string, algorithm: string, { run }: Task): Promise<string> {
  const { handle } = await parent.openFile(name);
  try {
    run.countFile();
    const hash = createHash(algorithm);
    for await (const chunk of chunksOf(handle, parent.pathOf(name), run)) hash.update(chunk);
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}
