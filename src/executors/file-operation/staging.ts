import { temporaryName, type Directory } from './directory.js';
import { asFault, FileFault } from './file-fault.js';
import { withDirectory, withParent, type Trail } from './locate.js';
import { placeDirectory } from './publish.js';
import type { Run } from './run.js';
import { mergeTree, refuseConflicts, removeTree, syncTree } from './tree.js';

export interface TreeTarget {
  root: Directory;
  names: readonly string[];
  overwrite: boolean;
  /** Called with the directories that lead to the target, before anything is made in it. */
  check?: (trail: Trail) => void;
}

/**
 * Builds a tree beside its target and puts it in place when it is whole, so that a run that fails or is
 * stopped leaves nothing half done. An existing target directory is merged into: all conflicts are looked
 * for before the first entry is moved.
 * @param build fills the staging directory
 */
export async function stageTree(
  target: TreeTarget,
  run: Run,
  build: (staging: Directory) => Promise<void>,
): Promise<void> {
  if (target.names.length === 0) {
    await stageInside(target.root, [target.root.identity], target, run, build);
    return;
  }
  await withParent(
    target.root,
    target.names,
    async (parent, name, trail) => {
      target.check?.(trail);
      if (await parent.look(name)) {
        await withDirectory(parent, [name], (existing, [, identity = '']) =>
          stageInside(existing, [...trail, identity], target, run, build),
        );
        return;
      }
      await inStaging(parent, async (staging, temporary) => {
        await build(staging);
        await syncTree(staging);
        run.checkpoint();
        await placeDirectory(parent, temporary, parent, name);
        await parent.sync();
      });
    },
    true,
  );
}

/** Staged inside the target, which makes sure that both are on one file system. */
async function stageInside(
  existing: Directory,
  trail: Trail,
  target: TreeTarget,
  run: Run,
  build: (staging: Directory) => Promise<void>,
): Promise<void> {
  target.check?.(trail);
  await inStaging(existing, async (staging) => {
    await build(staging);
    await syncTree(staging);
    await refuseConflicts(staging, existing, target.overwrite, run);
    await mergeTree(staging, existing, target.overwrite, run);
  });
}

async function inStaging(
  host: Directory,
  work: (staging: Directory, temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName();
  await host.makeDirectory(temporary);
  try {
    const staging = await host.openDirectory(temporary);
    try {
      await work(staging, temporary);
    } catch (error) {
      throw asFault(error, host.path);
    } finally {
      await staging.close();
    }
  } finally {
    await removeTree(host, temporary);
  }
}

/** A check for `TreeTarget` and files: the target must not lie below the directory that is worked on. */
export function refuseInside(source: Directory): (trail: Trail) => void {
  return (trail) => {
    if (trail.includes(source.identity)) {
      throw new FileFault(
        'target_inside_source',
        `The target lies inside "${source.path || '.'}", its own source.`,
      );
    }
  };
}
