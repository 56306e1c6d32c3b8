import type { Stats } from 'node:fs';
import { isTemporary, type Directory } from './directory.js';
import { FileFault } from './file-fault.js';
import type { Glob } from './glob.js';
import type { Run } from './run.js';

export type EntryType = 'file' | 'directory' | 'symlink' | 'special';

/** An entry that a walk met; `parent` is open until the walk goes on. */
export interface Found {
  parent: Directory;
  name: string;
  /** Names below the start of the walk. */
  names: readonly string[];
  type: EntryType;
  stats: Stats;
}

const MAX_DEPTH = 100;

export function typeOf(stats: Stats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'special';
}

/**
 * Everything below `start`, by name, directories before what they hold. Links are answered, never followed.
 * @param options.deep false: only the entries of `start` itself
 * @param options.glob only what it chooses is answered, and only where it reaches is looked
 */
export async function* walk(
  start: Directory,
  run: Run,
  options: { deep: boolean; glob?: Glob },
  above: readonly string[] = [],
): AsyncGenerator<Found> {
  if (above.length >= MAX_DEPTH) {
    throw new FileFault('too_deep', `"${start.path}" is nested more than ${MAX_DEPTH} directories deep.`);
  }
  for (const name of await start.names()) {
    run.checkpoint();
    if (isTemporary(name)) continue;
    const names = [...above, name];
    const stats = await start.look(name);
    if (stats === null) {
      run.skip(start.pathOf(name), 'it went away, or its name is not UTF-8');
      continue;
    }
    const type = typeOf(stats);
    if (options.glob?.matches(names) ?? true) yield { parent: start, name, names, type, stats };
    if (type === 'directory' && options.deep && (options.glob?.reaches(names) ?? true)) {
      yield* walkInto(start, name, run, options, names);
    }
  }
}

async function* walkInto(
  parent: Directory,
  name: string,
  run: Run,
  options: { deep: boolean; glob?: Glob },
  names: readonly string[],
): AsyncGenerator<Found> {
  const directory = await parent.openDirectory(name);
  try {
    yield* walk(directory, run, options, names);
  } finally {
    await directory.close();
  }
}

/** Whether an entry is one whose content can be read; links and special files are left out, and said so. */
export function isFileOrSkipped(found: Found, run: Run): boolean {
  if (found.type === 'file') return true;
  const path = found.parent.pathOf(found.name);
  if (found.type === 'symlink') run.skip(path, 'a symbolic link is never followed');
  if (found.type === 'special') run.skip(path, 'it is a FIFO, socket or device');
  return false;
}
