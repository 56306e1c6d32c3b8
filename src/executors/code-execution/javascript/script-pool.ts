import { availableParallelism } from 'node:os';
import type { ScriptEnd } from '../script-end.js';
import { ScriptThread, type ThreadTask } from './script-thread.js';

export interface ScriptPoolOptions {
  /**
   * Scripts that run at once. Default: four a processor, since many only wait for HTTP; the others share the
   * processors, at a lower priority than the main thread.
   */
  maxThreads?: number;
  /** Options of node for the threads; default: those of this process. */
  threadExecArgv?: readonly string[];
}

/** Idle threads beyond one a processor are ended after this time. */
const IDLE_MS = 30_000;

/** Threads that run scripts, started when needed; a run that finds none free waits in order of arrival. */
export class ScriptPool {
  private readonly maxThreads: number;
  private readonly execArgv: readonly string[] | undefined;
  private readonly threads = new Set<ScriptThread>();
  /** The most recently used last, so that the others grow old. */
  private readonly idle: ScriptThread[] = [];
  private readonly waiting: ((thread: ScriptThread | null) => void)[] = [];
  private shrinking: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(options: ScriptPoolOptions = {}) {
    this.maxThreads = options.maxThreads ?? 4 * availableParallelism();
    this.execArgv = options.threadExecArgv;
  }

  /** Never rejects. An abort of the signal is answered by `stopped`, also while waiting for a thread. */
  async run(task: ThreadTask, signal: AbortSignal): Promise<ScriptEnd> {
    const thread = await this.acquire(signal);
    if (!thread) return { kind: 'stopped' };
    try {
      return await thread.run(task, signal);
    } finally {
      this.release(thread);
    }
  }

  /** Stops what runs and ends every thread; later runs are answered as stopped. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.shrinking) clearTimeout(this.shrinking);
    for (const give of this.waiting.splice(0)) give(null);
    await Promise.all([...this.threads].map((thread) => thread.close()));
  }

  private async acquire(signal: AbortSignal): Promise<ScriptThread | null> {
    if (this.closed || signal.aborted) return null;
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) {
      if (thread.usable) return thread;
      this.discard(thread);
    }
    if (this.threads.size < this.maxThreads) return this.started();
    return this.turn(signal);
  }

  private turn(signal: AbortSignal): Promise<ScriptThread | null> {
    return new Promise((resolve) => {
      const give = (thread: ScriptThread | null) => {
        signal.removeEventListener('abort', leave);
        resolve(thread);
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(give), 1);
        resolve(null);
      };
      this.waiting.push(give);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private release(thread: ScriptThread): void {
    const next = this.closed ? undefined : this.waiting.shift();
    if (!thread.usable) this.discard(thread);
    if (next) next(thread.usable ? thread : this.started());
    else if (thread.usable) this.rest(thread);
  }

  private rest(thread: ScriptThread): void {
    this.idle.push(thread);
    this.shrinking ??= setTimeout(() => this.shrink(), IDLE_MS).unref();
  }

  private shrink(): void {
    this.shrinking = null;
    const spare = Math.max(0, this.idle.length - availableParallelism());
    for (const thread of this.idle.splice(0, spare)) this.discard(thread);
  }

  private started(): ScriptThread {
    const thread = new ScriptThread(this.execArgv);
    this.threads.add(thread);
    return thread;
  }

  private discard(thread: ScriptThread): void {
    this.threads.delete(thread);
    void thread.close();
  }
}
