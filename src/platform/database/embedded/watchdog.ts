import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ProcessUser } from './process-user.js';

export type WatchedProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Standard input is a pipe that only this node process holds: when it ends, for whatever reason, even SIGKILL,
 * the pipe closes and the reader signals the command. The shell stays, to hand on the command's exit code.
 */
const SCRIPT = `
exec 3<&0 </dev/null
signal=$1; shift
"$@" 3<&- & command=$!
{ while read -r line <&3; do :; done; kill -s "$signal" "$command" 2>/dev/null; } >/dev/null 2>&1 & reader=$!
exec 3<&-
wait "$command"; code=$?
kill "$reader" 2>/dev/null
exit "$code"
`;

/** PostgreSQL must not obey the PG* variables of whoever started Carillon. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Starts a command that cannot outlive this process: when the child's `stdin` is ended, or this process dies,
 * the command gets `endSignal`. It has a session of its own, so that a Ctrl-C in the terminal passes it by.
 * @param command absolute path and arguments
 */
export function spawnWatched(
  command: readonly string[],
  options: { user: ProcessUser; endSignal: 'INT' | 'TERM'; cwd: string },
): WatchedProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'carillon-postgres', options.endSignal, ...command], {
    ...options.user,
    cwd: options.cwd,
    env: ENVIRONMENT,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // The shell has gone already; its exit is reported anyway.
  return child;
}
