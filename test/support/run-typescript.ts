import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const LOADER = pathToFileURL(join(import.meta.dirname, 'typescript-loader.mjs')).href;

export interface TypeScriptProcessOptions {
  args?: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable out. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Run as another user; only root can. */
  uid?: number;
  gid?: number;
  /** Options of node itself, such as `--max-old-space-size=256`. */
  nodeOptions?: readonly string[];
}

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Starts a node process that runs one TypeScript file of this repository, with decorators and source maps, and
 * without a build. The caller must end it.
 * @param file absolute path of a `.ts` file
 */
export function runTypeScript(file: string, options: TypeScriptProcessOptions = {}): TypeScriptProcess {
  const args = [...(options.nodeOptions ?? []), '--import', LOADER, file, ...(options.args ?? [])];
  return new TypeScriptProcess(
    spawn(process.execPath, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      uid: options.uid,
      gid: options.gid,
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  );
}

/** A running child. Everything that it writes is read and kept, so that it never blocks on a full pipe. */
export class TypeScriptProcess {
  readonly pid: number;
  /** Settles when the process is gone and its output has been read. */
  readonly ended: Promise<ProcessEnd>;
  /** The lines of standard output so far. */
  readonly lines: string[] = [];
  /** The lines of standard error so far. */
  readonly errorLines: string[] = [];
  private readonly lineWaiters = new Set<() => void>();
  private searched = 0;
  private end: ProcessEnd | null = null;

  constructor(readonly child: ChildProcessByStdio<Writable, Readable, Readable>) {
    if (child.pid === undefined) throw new Error('node could not be started');
    this.pid = child.pid;
    child.stdin.on('error', () => undefined); // It may end before it has read its input.
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.wake();
    });
    createInterface({ input: child.stderr }).on('line', (line) => this.errorLines.push(line));
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.end = { code, signal };
      this.wake();
      return this.end;
    });
  }

  /**
   * The first line of standard output that `pick` answers a value for, after those that earlier calls found.
   * Throws, with all that the process wrote, when it ends or `timeoutMs` passes before such a line.
   */
  async nextLine<T>(pick: (line: string) => T | undefined, timeoutMs = 25_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      while (this.searched < this.lines.length) {
        const value = pick(this.lines[this.searched++] ?? '');
        if (value !== undefined) return value;
      }
      if (this.end)
        throw this.failure(`The process ended (${this.end.signal ?? this.end.code}) before the line`);
      if (Date.now() >= deadline) throw this.failure(`No such line within ${timeoutMs} ms`);
      await this.change(deadline - Date.now());
    }
  }

  /** Sends a signal to this process alone. @returns whether it was still there */
  kill(signal: NodeJS.Signals): boolean {
    return this.child.kill(signal);
  }

  private failure(reason: string): Error {
    return new Error(`${reason}. It wrote:\n${[...this.lines, ...this.errorLines].join('\n')}`);
  }

  private change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.lineWaiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.lineWaiters.add(done);
    });
  }

  private wake(): void {
    for (const waiter of [...this.lineWaiters]) waiter();
  }
}
