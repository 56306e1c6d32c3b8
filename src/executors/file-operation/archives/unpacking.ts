import { writeChunks } from '../content.js';
import type { Directory } from '../directory.js';
import { FileFault, Stopped, systemCode } from '../file-fault.js';
import type { Glob } from '../glob.js';
import { withDirectory, withParent } from '../locate.js';
import { parseRelativePath } from '../relative-path.js';
import type { Run } from '../run.js';

const MAX_SHOWN = 200;

/** Takes the entries of an archive into a staging directory; refuses every entry that could reach elsewhere. */
export class Unpacking {
  constructor(
    private readonly staging: Directory,
    private readonly run: Run,
    private readonly glob: Glob | undefined,
  ) {}

  /**
   * Where an entry goes, as names; null where the glob does not choose it. Throws for an absolute path or
   * one with `..`, chosen or not: such an archive is not to be trusted.
   */
  placeFor(entryPath: string): readonly string[] | null {
    this.run.checkpoint();
    const { names, fault } = parseRelativePath(entryPath);
    if (fault) throw unsafe(entryPath, `its path ${fault.message}`);
    return this.glob && !this.glob.matches(names) ? null : names;
  }

  async directory(entryPath: string): Promise<void> {
    const names = this.placeFor(entryPath);
    if (names === null || names.length === 0) return;
    this.run.countDirectory();
    await this.guard(entryPath, () => withDirectory(this.staging, names, () => Promise.resolve(), true));
  }

  /** Writes one file; `content` must count its bytes itself (see `counted`). */
  async file(
    entryPath: string,
    names: readonly string[],
    mode: number | undefined,
    content: AsyncIterable<Buffer>,
  ): Promise<void> {
    if (names.length === 0) throw unsafe(entryPath, 'it has no name');
    this.run.countFile();
    await this.guard(entryPath, () =>
      withParent(
        this.staging,
        names,
        async (parent, name) => {
          const file = await parent.createFile(name);
          try {
            await writeChunks(file, content, entryPath);
            await file.chmod(0o600 | ((mode ?? 0o644) & 0o777));
            await file.sync();
          } finally {
            await file.close();
          }
        },
        true,
      ),
    );
  }

  /** Counts real, unpacked bytes: what an archive claims about itself is not believed. */
  async *counted(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      this.run.countBytes(chunk.length);
      yield chunk;
    }
  }

  private async guard(entryPath: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof FileFault && ['exists', 'not_a_directory', 'is_directory'].includes(error.code)) {
        throw unsafe(entryPath, 'another entry has the same place');
      }
      if (error instanceof FileFault && error.code === 'path_invalid') {
        throw unsafe(entryPath, 'its name cannot be used here');
      }
      throw error;
    }
  }
}

export function unsafe(entryPath: string, why: string): FileFault {
  return new FileFault(
    'archive_unsafe_entry',
    `The entry "${entryPath.slice(0, MAX_SHOWN)}" is refused: ${why}. Nothing was extracted.`,
  );
}

/** A fault of a library while it read an archive means that the archive is broken; our own pass through. */
export function asArchiveFault(error: unknown, archive: string): unknown {
  if (error instanceof Stopped || error instanceof FileFault || systemCode(error) !== null) return error;
  const reason = String((error as { message?: unknown } | null)?.message).slice(0, MAX_SHOWN);
  return new FileFault('archive_invalid', `"${archive}" could not be read as an archive: ${reason}.`);
}
