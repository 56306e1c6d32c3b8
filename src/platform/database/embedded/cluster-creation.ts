import { randomBytes } from 'node:crypto';
import { chmod, chown, lchown, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DataLayout } from './data-layout.js';
import type { EmbeddedLog } from './embedded-log.js';
import { EmbeddedPostgresError } from './errors.js';
import { spawnWatched } from './watchdog.js';

export interface ClusterCreation {
  /** The folder of the binaries. */
  readonly binaries: string;
  /** Of the binaries, such as `18.4.0`. */
  readonly version: string;
  readonly durable: boolean;
  readonly log: EmbeddedLog;
}

const DRAFT = '.initdb-';

/**
 * Makes PostgreSQL's data directory, unless it is there. It is made aside and renamed: a first start that was
 * killed leaves nothing half made, only a draft, which the next start removes.
 * Only for the owner of the directory.
 */
export async function ensureCluster(layout: DataLayout, creation: ClusterCreation): Promise<void> {
  await removeDrafts(layout);
  const version = await readVersion(layout.cluster);
  if (version === null) return createCluster(layout, creation);
  const ours = creation.version.split('.')[0];
  if (version !== ours) {
    throw new EmbeddedPostgresError(
      `${layout.cluster} was made by PostgreSQL ${version}; this Carillon brings PostgreSQL ${ours}. ` +
        'Dump the data with the Carillon that made them and restore them here, or set DATABASE_URL.',
    );
  }
  await reclaim(layout);
}

/** @returns the major version, or null when there is no cluster yet */
async function readVersion(cluster: string): Promise<string | null> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw notOurs(cluster);
    throw error;
  }
}

function notOurs(cluster: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${cluster} belongs to another user. Run Carillon as the user that made it, or set DATA_DIR.`,
  );
}

async function createCluster(layout: DataLayout, creation: ClusterCreation): Promise<void> {
  await refuseForeignFolder(layout.cluster);
  creation.log.info(`Making a PostgreSQL data directory in ${layout.cluster}`);
  const draft = `${layout.cluster}${DRAFT}${randomBytes(6).toString('hex')}`;
  await mkdir(draft, { mode: 0o700 });
  if (layout.user) await chown(draft, layout.user.uid, layout.user.gid);
  await runInitdb(draft, layout, creation);
  await rename(draft, layout.cluster);
  if (creation.durable) await sync(layout.home);
}

async function refuseForeignFolder(cluster: string): Promise<void> {
  const entries = await readdir(cluster).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return;
  throw new EmbeddedPostgresError(
    `${cluster} is not a PostgreSQL data directory, but it is not empty. Move it away, or set DATA_DIR.`,
  );
}

async function runInitdb(draft: string, layout: DataLayout, creation: ClusterCreation): Promise<void> {
  const command = [
    join(creation.binaries, 'bin', 'initdb'),
    ...['-D', draft, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-instructions'],
    // The same order and case rules on every machine; C, because not every C library knows C.UTF-8.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(creation.durable ? [] : ['--no-sync']),
  ];
  const child = spawnWatched(command, { user: layout.user, endSignal: 'TERM', cwd: draft });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  await rm(draft, { recursive: true, force: true });
  throw new EmbeddedPostgresError(
    `initdb could not make ${layout.cluster} (exit code ${code}). Mend this, or set DATABASE_URL:\n${output.join('').trim()}`,
  );
}

async function removeDrafts({ home, cluster }: DataLayout): Promise<void> {
  for (const entry of await readdir(home)) {
    if (entry.startsWith(basename(cluster) + DRAFT)) {
      await rm(join(home, entry), { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/** PostgreSQL wants its data to be its user's, and nobody else's: volumes and restored backups may differ. */
async function reclaim({ cluster, user }: DataLayout): Promise<void> {
  const { uid, mode } = await stat(cluster);
  if (user && uid !== user.uid) await chownAll(cluster, user.uid, user.gid);
  if (!user && uid !== process.getuid?.()) throw notOurs(cluster);
  if (mode & 0o077) await chmod(cluster, 0o700);
}

async function chownAll(path: string, uid: number, gid: number): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    await lchown(join(entry.parentPath, entry.name), uid, gid);
  }
  await chown(path, uid, gid);
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
