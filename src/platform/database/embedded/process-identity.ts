import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether a process has this number; a zombie counts. */
export function isProcessThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether process `pid` is a live PostgreSQL server on this data directory. A process number alone proves
 * nothing: the server may be gone, be a zombie, or its number may belong to another program by now.
 */
export async function isServerOn(pid: number, dataDirectory: string): Promise<boolean> {
  return process.platform === 'linux' ? isServerByProc(pid, dataDirectory) : isServerByPs(pid, dataDirectory);
}

async function isServerByProc(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // "pid (name) state …": the name may hold blanks and brackets.
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    if (name !== 'postgres' || state === 'Z' || state === 'X') return false;
    return await worksIn(pid, dataDirectory);
  } catch {
    return false; // No such process.
  }
}

/** A server's working directory is its data directory. */
async function worksIn(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dataDirectory));
  } catch {
    // Another user's process: its command line is open to all, its working directory is not.
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return command.includes(dataDirectory);
  }
}

async function isServerByPs(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    const { stdout } = await run('ps', ['-ww', '-p', String(pid), '-o', 'stat=,command=']);
    return (
      !stdout.trimStart().startsWith('Z') && stdout.includes('postgres') && stdout.includes(dataDirectory)
    );
  } catch {
    return false;
  }
}
