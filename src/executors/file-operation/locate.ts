import { Directory } from './directory.js';
import { FileFault } from './file-fault.js';

/** The directories that a path leads through, from the root to the last one, by identity. */
export type Trail = readonly string[];

/**
 * Opens the directory that `names` lead to, hands it to `work` with the trail to it, and closes it.
 * @param create makes the directories that are missing
 */
export async function withDirectory<T>(
  root: Directory,
  names: readonly string[],
  work: (directory: Directory, trail: Trail) => Promise<T>,
  create = false,
): Promise<T> {
  const trail = [root.identity];
  let current = root;
  try {
    for (const name of names) {
      const next = create ? await current.ensureDirectory(name) : await current.openDirectory(name);
      if (current !== root) await current.close();
      current = next;
      trail.push(next.identity);
    }
    return await work(current, trail);
  } finally {
    if (current !== root) await current.close();
  }
}

/** Opens the directory that holds the last of `names`, and hands it to `work` with that name. */
export async function withParent<T>(
  root: Directory,
  names: readonly string[],
  work: (parent: Directory, name: string, trail: Trail) => Promise<T>,
  create = false,
): Promise<T> {
  const name = names.at(-1);
  if (name === undefined)
    throw new FileFault('path_invalid', 'The root itself cannot be the subject of this.');
  return withDirectory(root, names.slice(0, -1), (parent, trail) => work(parent, name, trail), create);
}
