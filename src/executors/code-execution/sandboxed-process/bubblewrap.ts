import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

/** A program to run with nothing but the operating system's programs and libraries around it. */
export interface SandboxedProgram {
  /** Looked up in the sandbox; arguments behind it. */
  command: readonly string[];
  /** Written to standard input. */
  stdin: string;
  /** Absolute path in the sandbox → content; read-only there. */
  files: Readonly<Record<string, string>>;
  limits: ProcessLimits;
}

/** The memory limit is one for each process; all other numbers hold for the whole sandbox or each file. */
export interface ProcessLimits {
  addressSpaceBytes: number;
  cpuSeconds: number;
  processes: number;
  fileBytes: number;
  scratchBytes: number;
}

export interface SandboxedProcess {
  stdout: Readable;
  stderr: Readable;
  /** What the program writes to file descriptor 3. */
  output: Readable;
  /** When everything in the sandbox is gone. `code` is 128 + the number of a deadly signal. */
  ended: Promise<{ code: number | null; startError: Error | null }>;
  /** Kills all of it at once. */
  kill(): void;
}

/** Programs and libraries; never /usr as a whole, below which services keep data (/usr/src/app). */
const SHOWN = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/libexec',
  '/usr/local/bin',
  '/usr/local/lib',
  '/usr/share/zoneinfo',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/etc/alternatives',
  '/etc/ld.so.cache',
];

const NOBODY = '65534';
const BWRAP_PATHS = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'];

/** The path of bubblewrap, or null. Not looked up by PATH: what runs strangers' code is not chosen by it. */
export function findBubblewrap(): string | null {
  return BWRAP_PATHS.find((path) => existsSync(path)) ?? null;
}

/**
 * Starts the program without network, without the host's files, processes or users, and within its limits.
 * @param uid where this process is root: the user outside the sandbox, which must not be root, as root is
 * exempt from the limit of processes. Different sandboxes take different ones. Else null.
 */
export function startSandboxed(
  bwrap: string,
  program: SandboxedProgram,
  uid: number | null,
): SandboxedProcess {
  const contents = Object.entries(program.files);
  const dataArgs = contents.flatMap(([path], index) => [
    '--ro-bind-data',
    String(FIRST_FILE_FD + index),
    path,
  ]);
  const infoArgs = ['--info-fd', String(INFO_FD)];
  const args = [...isolation(program.limits), ...infoArgs, ...dataArgs];
  args.push('--remount-ro', '/', '--', ...limited(program));
  const child = spawn(bwrap, args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...contents.map(() => 'pipe' as const)],
    env: {},
    cwd: '/',
    ...(uid === null ? {} : { uid, gid: uid }),
  });
  const [stdin, stdout, stderr, output, info, ...files] = child.stdio as unknown as Streams;
  // A program that ends early does not read everything, and one that never started reads nothing.
  for (const stream of [stdin, stdout, stderr, output, info, ...files]) stream.on('error', () => undefined);
  stdin.end(program.stdin);
  contents.forEach(([, content], index) => files[index]?.end(content));

  const ended = new Promise<{ code: number | null; startError: Error | null }>((resolve) => {
    child.once('error', (startError) => resolve({ code: null, startError }));
    child.once('close', (code) => resolve({ code, startError: null }));
  });
  const first = firstProcess(info);
  const kill = () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // The sandbox's first process, with which all others die; bubblewrap then reaps it and ends. Killed
    // itself, it would leave a zombie to process 1, which in a container may reap nothing.
    const pid = first();
    if (pid === null || !killed(pid)) child.kill('SIGKILL');
  };
  return { stdout, stderr, output, ended, kill };
}

type Streams = [Writable, Readable, Readable, Readable, Readable, ...Writable[]];

const INFO_FD = 4;
const FIRST_FILE_FD = 5;

/** Follows what bubblewrap tells; answers the process id, as the host counts, once it is known. */
function firstProcess(info: Readable): () => number | null {
  let text = '';
  info.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => {
    const match = /"child-pid":\s*(\d+)/.exec(text);
    return match ? Number(match[1]) : null;
  };
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function isolation(limits: ProcessLimits): string[] {
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts'],
    ...['--unshare-cgroup-try', '--disable-userns', '--die-with-parent', '--new-session'],
    ...['--cap-drop', 'ALL', '--uid', NOBODY, '--gid', NOBODY, '--hostname', 'sandbox', '--clearenv'],
    ...['--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin', '--setenv', 'HOME', '/tmp'],
    ...['--setenv', 'LANG', 'C.UTF-8', '--setenv', 'OUTPUT', '/tmp/output.json'],
    ...SHOWN.flatMap(shown),
    ...['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev'],
    ...['--size', String(limits.scratchBytes), '--tmpfs', '/tmp', '--chdir', '/tmp'],
  ];
}

/** A symlink stays one, so that /bin → usr/bin does not bring anything else in. */
function shown(path: string): string[] {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (!entry) return [];
  return entry.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

/** Set inside the sandbox: there the kernel counts the processes of its user namespace alone. */
function limited({ command, limits }: SandboxedProgram): string[] {
  return [
    'prlimit',
    `--as=${limits.addressSpaceBytes}`,
    // First SIGXCPU, which tells the reason; SIGKILL for a program that ignores it.
    `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
    `--nproc=${limits.processes}`,
    `--fsize=${limits.fileBytes}`,
    '--nofile=256',
    '--core=0',
    '--',
    ...command,
  ];
}
