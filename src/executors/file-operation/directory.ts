import { randomBytes } from 'node:crypto';
import { constants, existsSync, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { asFault, FileFault, systemCode } from './file-fault.js';
import { joinPath } from './relative-path.js';

const READ_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Non-blocking, so that a FIFO that was swapped in cannot hang the open. */
const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CREATE_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const MAX_NAMES = 200_000;
const TEMPORARY = /^\.carillon-[0-9a-f]{16}\.tmp$/;

/** How the kernel is told "this name in that open directory". */
export type Resolution = 'descriptor' | 'path';

/** Linux resolves names below an open descriptor, the way of openat(2), which Node does not offer. */
export const DEFAULT_RESOLUTION: Resolution = existsSync('/proc/self/fd') ? 'descriptor' : 'path';

/** An unguessable name for something unfinished; walks pass over such names. */
export function temporaryName(): string {
  return `.carillon-${randomBytes(8).toString('hex')}.tmp`;
}

export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * An open directory below a root. Every step is one name, resolved from the open directory itself, and
 * never through a symbolic link; so whatever is renamed or linked meanwhile, nothing outside is reached.
 *
 * Without `/proc` (macOS, BSD) names are resolved by path and each opened directory is compared with what
 * the path led to: this finds planted links, but somebody who may write in the root and wins a race of
 * microseconds could still lead one step astray. Use Linux where roots are shared with people you distrust.
 */
export class Directory {
  private constructor(
    private readonly handle: fs.FileHandle,
    /** Relative to the root; '' is the root. */
    readonly path: string,
    private readonly location: string,
    private readonly resolution: Resolution,
    /** Device and inode: the same for every way to this directory. */
    readonly identity: string,
  ) {}

  /** Opens a root; links on the way to it are the administrator's and are followed. */
  static async openRoot(absolutePath: string, resolution = DEFAULT_RESOLUTION): Promise<Directory> {
    try {
      const location = await fs.realpath(absolutePath);
      const handle = await fs.open(location, constants.O_RDONLY | constants.O_DIRECTORY);
      return await Directory.from(handle, '', location, resolution);
    } catch (error) {
      throw asFault(error, '');
    }
  }

  private static async from(handle: fs.FileHandle, path: string, location: string, resolution: Resolution) {
    try {
      const { dev, ino } = await handle.stat({ bigint: true });
      return new Directory(handle, path, location, resolution, `${dev}:${ino}`);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Another handle on this very directory, for a holder that outlives this one. */
  async reopen(): Promise<Directory> {
    const location = this.resolution === 'descriptor' ? `/proc/self/fd/${this.handle.fd}` : this.location;
    try {
      const handle = await fs.open(location, constants.O_RDONLY | constants.O_DIRECTORY);
      return await Directory.from(handle, this.path, this.location, this.resolution);
    } catch (error) {
      throw asFault(error, this.path);
    }
  }

  /** What to hand to a system call to mean `name` in this very directory. */
  entry(name: string): string {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
      throw new Error('not a single name');
    return join(this.resolution === 'descriptor' ? `/proc/self/fd/${this.handle.fd}` : this.location, name);
  }

  pathOf(name: string): string {
    return joinPath(this.path, name);
  }

  /** What `name` is, without following a link; null where there is nothing. */
  async look(name: string): Promise<Stats | null> {
    try {
      return await fs.lstat(this.entry(name));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw asFault(error, this.pathOf(name));
    }
  }

  async openDirectory(name: string): Promise<Directory> {
    const path = this.pathOf(name);
    try {
      const handle = await fs.open(this.entry(name), READ_DIRECTORY);
      const opened = await Directory.from(handle, path, join(this.location, name), this.resolution);
      return this.resolution === 'path' ? await opened.verified() : opened;
    } catch (error) {
      // The kernel says "not a directory" of a link as well.
      if (systemCode(error) === 'ENOTDIR') refuseLink(await this.look(name), path);
      throw asFault(error, path);
    }
  }

  private async verified(): Promise<this> {
    try {
      const { dev, ino } = await fs.lstat(this.location, { bigint: true });
      const real = await fs.realpath(this.location);
      if (`${dev}:${ino}` === this.identity && real === this.location) return this;
      throw new FileFault('symlink_refused', `"${this.path}" changed while it was opened.`);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Opens `name`, and makes it first where it is absent. */
  async ensureDirectory(name: string): Promise<Directory> {
    try {
      await fs.mkdir(this.entry(name), 0o755);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw asFault(error, this.pathOf(name));
    }
    return this.openDirectory(name);
  }

  /** Makes a directory that must not exist yet. */
  async makeDirectory(name: string, mode = 0o755): Promise<void> {
    await this.attempt(name, () => fs.mkdir(this.entry(name), mode));
  }

  /** Opens a regular file for reading; links, FIFOs, sockets and devices are refused. */
  async openFile(name: string): Promise<{ handle: fs.FileHandle; stats: Stats }> {
    const path = this.pathOf(name);
    const seen = await this.look(name);
    if (seen === null) throw new FileFault('not_found', `"${path}" does not exist.`);
    refuseUnlessFile(seen, path);
    const handle = await this.attempt(name, () => fs.open(this.entry(name), READ_FILE));
    try {
      const stats = await handle.stat();
      refuseUnlessFile(stats, path);
      return { handle, stats };
    } catch (error) {
      await handle.close();
      throw asFault(error, path);
    }
  }

  /** Makes and opens a file that must not exist yet. */
  async createFile(name: string): Promise<fs.FileHandle> {
    return this.attempt(name, () => fs.open(this.entry(name), CREATE_FILE, 0o600));
  }

  /** All names in order. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    try {
      const location = this.resolution === 'descriptor' ? `/proc/self/fd/${this.handle.fd}` : this.location;
      for await (const entry of await fs.opendir(location, { bufferSize: 512 })) {
        if (names.push(entry.name) > MAX_NAMES) {
          throw new FileFault('too_many_entries', `"${this.path}" holds more than ${MAX_NAMES} entries.`);
        }
      }
    } catch (error) {
      throw asFault(error, this.path);
    }
    return names.sort();
  }

  async unlink(name: string): Promise<void> {
    await this.attempt(name, () => fs.unlink(this.entry(name)));
  }

  async removeEmptyDirectory(name: string): Promise<void> {
    await this.attempt(name, () => fs.rmdir(this.entry(name)));
  }

  private async attempt<T>(name: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw asFault(error, this.pathOf(name));
    }
  }

  /** Makes changes of names in this directory survive a power cut. */
  async sync(): Promise<void> {
    try {
      await this.handle.sync();
    } catch (error) {
      // Some file systems cannot sync a directory; then there is nothing more to be had.
      if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemCode(error) ?? ''))
        throw asFault(error, this.path);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function refuseLink(stats: Stats | null, path: string): void {
  if (stats?.isSymbolicLink()) {
    throw new FileFault('symlink_refused', `"${path}" is a symbolic link, which is never followed.`);
  }
}

/** Throws where `stats` are not those of a regular file. */
export function refuseUnlessFile(stats: Stats, path: string): void {
  refuseLink(stats, path);
  if (stats.isDirectory()) throw new FileFault('is_directory', `"${path}" is a directory.`);
  if (!stats.isFile()) {
    throw new FileFault('special_file_refused', `"${path}" is a FIFO, socket or device, not a regular file.`);
  }
}
