import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedLog } from './embedded-log.js';
import { EmbeddedPostgresError } from './errors.js';
import { isProcessThere, isServerOn } from './process-identity.js';

/**
 * The process number of the server that runs on this data directory, by its `postmaster.pid`; null when none
 * does, whatever a file that a crash left behind may say.
 */
export async function findRunningServer(dataDirectory: string): Promise<number | null> {
  const pid = await readPid(pidFile(dataDirectory));
  return typeof pid === 'number' && (await isServerOn(pid, dataDirectory)) ? pid : null;
}

/**
 * Stops a server that has outlived its Carillon, and waits until it is gone. Only for the owner of the directory.
 * @throws EmbeddedPostgresError when it is still there after `timeoutMs`
 */
export async function stopOrphan(dataDirectory: string, log: EmbeddedLog, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let told: number | null = null; ; await delay(20)) {
    const pid = await findRunningServer(dataDirectory);
    if (pid === null) return;
    if (pid !== told) {
      log.info(`Waiting for an earlier PostgreSQL (process ${pid}) to stop`);
      signal(pid, 'SIGINT'); // Fast shutdown. The watchdog sends it too; twice does no harm.
      told = pid;
    }
    if (Date.now() >= deadline) {
      throw new EmbeddedPostgresError(
        `An earlier PostgreSQL (process ${pid}) still runs on ${dataDirectory} and does not stop. Stop it, then start again.`,
      );
    }
  }
}

/** @returns false when the process is gone, or another user's */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/**
 * Removes the lock files with which a crashed server would stop its successor: those that name a process which
 * by now is another program, or nothing readable. One that names a dead process stays: PostgreSQL finds the
 * shared memory by it, and so refuses to start while a worker process of the crashed server still writes.
 * Only for a directory on which no server runs.
 */
export async function removeMisleadingLocks(dataDirectory: string, socketFolder: string): Promise<void> {
  for (const file of [pidFile(dataDirectory), join(socketFolder, '.s.PGSQL.5432.lock')]) {
    const pid = await readPid(file);
    if (pid === 'unreadable' || (pid !== null && isProcessThere(pid))) await rm(file, { force: true });
  }
}

function pidFile(dataDirectory: string): string {
  return join(dataDirectory, 'postmaster.pid');
}

/** The number on a lock file's first line; null when there is no file. */
async function readPid(file: string): Promise<number | 'unreadable' | null> {
  try {
    const [first] = (await readFile(file, 'utf8')).split('\n', 1);
    // A single-user server writes its number as a negative one.
    const pid = Math.abs(Number.parseInt(first ?? '', 10));
    return pid > 0 ? pid : 'unreadable';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
