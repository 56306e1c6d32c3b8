import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, lchown, lstat, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { EmbeddedLog } from './embedded-log.js';
import { EmbeddedPostgresError } from './errors.js';
import { canEnter, chooseProcessUser, type ProcessUser } from './process-user.js';

/** Where the parts of one embedded PostgreSQL stand, and whom they belong to. */
export interface DataLayout {
  readonly user: ProcessUser;
  /** The folder of everything below; `DATA_DIR`, unless the user cannot reach that. */
  readonly home: string;
  /** PostgreSQL's data directory. */
  readonly cluster: string;
  readonly socketFolder: string;
  /** For copies of the binaries. */
  readonly binariesFolder: string;
}

/** Where root's data go when no unprivileged user can reach `DATA_DIR`. */
const REACHABLE_FOLDER = '/var/lib/carillon';

/** A socket's path has room for 103 bytes on macOS and 107 on Linux. */
const LONGEST_SOCKET_PATH = 103;

/** Decides the places, makes the folders that are missing, and gives them to the user. */
export async function prepareLayout(dataDir: string, log: EmbeddedLog): Promise<DataLayout> {
  const entrance = join(dataDir, 'postgres');
  await mkdir(dataDir, { recursive: true });
  const user = await chooseProcessUser(await ownerOf(entrance));
  const cluster = await reachableCluster(entrance, user, log);
  const home = dirname(cluster);
  const socketFolder = await prepareSocketFolder(home, user);
  return { user, home, cluster, socketFolder, binariesFolder: join(home, 'postgres-binaries') };
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The real place behind `entrance`, which is a link when the data had to go elsewhere. */
async function reachableCluster(entrance: string, user: ProcessUser, log: EmbeddedLog): Promise<string> {
  const target = await linkTarget(entrance);
  const cluster = target ?? entrance;
  await mkdir(dirname(cluster), { recursive: true });
  if (user === null || (await letEnter(dirname(cluster), user))) return cluster;
  if (target === null && (await ownerOf(entrance)) === null) return moveElsewhere(entrance, user, log);
  throw new EmbeddedPostgresError(
    `PostgreSQL cannot run as root, and user ${user.uid} cannot reach ${cluster}. ` +
      'Let everybody pass through the folders above it (chmod o+x), or set DATA_DIR.',
  );
}

async function linkTarget(path: string): Promise<string | null> {
  try {
    return (await lstat(path)).isSymbolicLink() ? resolve(dirname(path), await readlink(path)) : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A folder of our own may be opened for passing through; the folders above it are not ours to open. */
async function letEnter(folder: string, user: ProcessUser): Promise<boolean> {
  if (await canEnter(folder, user)) return true;
  const { mode } = await stat(folder);
  if (mode & 0o001) return false;
  await chmod(folder, (mode & 0o7777) | 0o011);
  if (await canEnter(folder, user)) return true;
  await chmod(folder, mode & 0o7777);
  return false;
}

/** The name is a random one, so that removing `DATA_DIR` forgets the data: they never come back by surprise. */
async function moveElsewhere(entrance: string, user: ProcessUser, log: EmbeddedLog): Promise<string> {
  const home = join(REACHABLE_FOLDER, randomBytes(8).toString('hex'));
  await mkdir(home, { recursive: true });
  await chmod(REACHABLE_FOLDER, 0o755);
  await chmod(home, 0o711);
  if (!(await canEnter(home, user))) {
    throw new EmbeddedPostgresError(
      `PostgreSQL cannot run as root, and its user can reach neither ${dirname(entrance)} nor ${home}. ` +
        'Set DATA_DIR to a folder that everybody may pass through, or run Carillon as another user.',
    );
  }
  const cluster = join(home, 'postgres');
  await symlink(cluster, entrance);
  log.info(
    `PostgreSQL runs as user ${user?.uid}, who cannot reach ${dirname(entrance)}: the data are in ${cluster}, ` +
      `and ${entrance} is a link to them`,
  );
  return cluster;
}

async function prepareSocketFolder(home: string, user: ProcessUser): Promise<string> {
  const beside = join(home, 'postgres-socket');
  const folder = fits(beside) ? beside : shortFolder(home);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  // In the temporary folder anybody may have been faster; in its own folder root takes what it needs.
  const mayTake = user !== null && folder === beside;
  const isOurs = found.uid === process.getuid?.() || found.uid === user?.uid;
  if (!found.isDirectory() || !(isOurs || mayTake)) {
    throw new EmbeddedPostgresError(`${folder} belongs to another user. Remove it, or set DATA_DIR.`);
  }
  await chmod(folder, 0o700);
  if (user) {
    await chown(folder, user.uid, user.gid);
    for (const entry of await readdir(folder)) await lchown(join(folder, entry), user.uid, user.gid);
  }
  return folder;
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= LONGEST_SOCKET_PATH;
}

/** The same one at each start, so that a server that outlived its Carillon is found again. */
function shortFolder(home: string): string {
  const name = `carillon-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  const folder = join(tmpdir(), name);
  return fits(folder) ? folder : join('/tmp', name);
}
