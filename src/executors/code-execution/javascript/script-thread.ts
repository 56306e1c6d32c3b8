import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { failed, type ScriptEnd } from '../script-end.js';
import type { LogLevel } from '../run-log.js';
import { type FromThread, type HttpReply, type RunRequest, STOP, type ToThread } from './protocol.js';

/** One run and where its log and requests go. */
export interface ThreadTask {
  request: RunRequest;
  log(level: LogLevel, line: string): void;
  /** Never rejects. `signal` ends with the run. */
  fetch(request: string, signal: AbortSignal): Promise<HttpReply>;
}

/** How long a stopped run may take to notice before its thread is killed. */
const STOP_GRACE_MS = 100;

/** Deep enough that the engine's own stack limit always comes first. */
const STACK_MB = 16;
/** For the compiler and the messages; machines live outside the JavaScript heap. */
const HEAP_MB = 128;

/** The same file beside this one, compiled or not. */
const ENTRY = new URL(`./thread-main${extname(import.meta.url)}`, import.meta.url);

interface CurrentRun {
  task: ThreadTask;
  stop: SharedArrayBuffer;
  ended: AbortController;
  settle(end: ScriptEnd): void;
}

/** A worker thread that runs one script at a time. */
export class ScriptThread {
  /** False when it must be replaced. */
  usable = true;
  private readonly worker: Worker;
  private ready = false;
  private current: CurrentRun | null = null;
  private readonly exited: Promise<void>;

  /** @param execArgv options of node for the thread; tests register their TypeScript loader by them */
  constructor(execArgv: readonly string[] | undefined) {
    this.worker = new Worker(ENTRY, {
      name: 'carillon-script',
      execArgv: execArgv ? [...execArgv] : undefined,
      env: {},
      resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: HEAP_MB },
    });
    this.worker.on('message', (message: FromThread) => this.receive(message));
    this.worker.on('error', (error) => this.lost(error));
    this.exited = new Promise((resolve) =>
      this.worker.once('exit', () => {
        this.lost(new Error('The thread ended.'));
        resolve();
      }),
    );
    this.worker.unref();
  }

  /** Never rejects. After an abort it answers `stopped` within about `STOP_GRACE_MS`. */
  async run(task: ThreadTask, signal: AbortSignal): Promise<ScriptEnd> {
    const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const ended = new AbortController();
    let grace: NodeJS.Timeout | undefined;
    const onAbort = () => {
      Atomics.store(new Int32Array(stop), 0, STOP);
      this.send({ kind: 'stop' });
      grace = setTimeout(() => this.kill(), STOP_GRACE_MS);
    };
    this.worker.ref();
    try {
      return await new Promise<ScriptEnd>((settle) => {
        this.current = { task, stop, ended, settle };
        this.send({ kind: 'run', run: task.request, stop });
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', onAbort);
      this.current = null;
      ended.abort();
      this.worker.unref();
    }
  }

  /** Ends the thread at once; a run in it is answered as stopped. */
  async close(): Promise<void> {
    this.kill();
    await this.exited;
  }

  private kill(): void {
    this.usable = false;
    this.current?.settle({ kind: 'stopped' });
    void this.worker.terminate();
  }

  private receive(message: FromThread): void {
    const { current } = this;
    switch (message.kind) {
      case 'ready':
        this.ready = true;
        break;
      case 'log':
        current?.task.log(message.level, message.line);
        break;
      case 'fetch':
        if (current) void this.answer(current, message.id, message.request);
        break;
      case 'ended':
        this.usable &&= message.reusable;
        current?.settle(message.end);
        break;
    }
  }

  private async answer(run: CurrentRun, id: number, request: string): Promise<void> {
    const reply = await run.task.fetch(request, run.ended.signal);
    if (this.current === run) this.send({ kind: 'reply', id, reply });
  }

  /** The thread is gone or going without having been told to. */
  private lost(error: Error): void {
    this.usable = false;
    this.current?.settle(this.endOf(error));
  }

  private endOf(error: Error): ScriptEnd {
    if (!this.ready)
      return { kind: 'unavailable', message: `No script thread can be started: ${error.message}` };
    if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return failed('memory_exceeded', 'Compiling the script or reading its messages took too much memory.');
    }
    return { kind: 'unavailable', message: `The thread of the script was lost: ${error.message}` };
  }

  private send(message: ToThread): void {
    this.worker.postMessage(message);
  }
}
