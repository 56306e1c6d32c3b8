import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './errors.js';

const run = promisify(execFile);

/** Whom PostgreSQL runs as. Null: as this process's own user. */
export type ProcessUser = { readonly uid: number; readonly gid: number } | null;

/** Accounts without privileges that a machine may have, the most fitting first (`_postgres` is macOS's). */
const UNPRIVILEGED_ACCOUNTS = ['postgres', '_postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root: then it gets an unprivileged user.
 * @param dataOwner who owns the data already, or null when there are none; such data keep their owner
 */
export async function chooseProcessUser(
  dataOwner: { uid: number; gid: number } | null,
): Promise<ProcessUser> {
  if (process.getuid?.() !== 0) return null;
  if (dataOwner && dataOwner.uid !== 0) return { uid: dataOwner.uid, gid: dataOwner.gid };
  for (const account of UNPRIVILEGED_ACCOUNTS) {
    const user = await lookUp(account);
    if (user) return user;
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL cannot run as root, and this machine has no user "postgres" or "nobody". ' +
      'Run Carillon as another user, or set DATABASE_URL.',
  );
}

async function lookUp(account: string): Promise<ProcessUser> {
  try {
    const [uid, gid] = await Promise.all([idOf('-u', account), idOf('-g', account)]);
    return uid === 0 ? null : { uid, gid };
  } catch {
    return null;
  }
}

async function idOf(option: '-u' | '-g', account: string): Promise<number> {
  const { stdout } = await run('id', [option, account]);
  // macOS prints nobody's -2 as unsigned; spawn takes it signed.
  return Number.parseInt(stdout, 10) | 0;
}

/** Whether `user` can enter `folder`: every folder above it must let the user pass. */
export async function canEnter(folder: string, user: ProcessUser): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', ...user });
    return true;
  } catch {
    return false;
  }
}
