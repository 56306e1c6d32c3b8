import type { QuickJSHandle } from 'quickjs-emscripten-core';
import { MAX_OUTPUT_BYTES } from '../limits.js';
import type { LogLevel } from '../run-log.js';
import { failed, type ScriptEnd } from '../script-end.js';
import { compile, type CompiledScript } from './compile.js';
import { CpuMeter } from './cpu-meter.js';
import { Guest, GuestError } from './guest.js';
import { type Machine, newMachine } from './machine.js';
import type { HttpReply, RunRequest } from './protocol.js';
import { failureOf, looksLikeNoMemory } from './thrown.js';

/** What a run needs of the thread around it. */
export interface RunHost {
  /** @returns whether more lines are welcome */
  log(level: LogLevel, line: string): boolean;
  /** Sends a request on its way; its answer comes by `ScriptRun.reply` with the same id. */
  fetch(id: number, request: string): void;
  stopRequested(): boolean;
}

/** Far below the thread's own stack, so that endless recursion is an error inside the script. */
const ENGINE_STACK_BYTES = 512 * 1024;
/** Promise reactions between two looks at the stop cell. */
const JOBS_PER_TURN = 1_000;
const CPU_CHECK_INTERVAL_MS = 20;

/** The run was broken off; `ScriptRun.interruption` says why. */
class Interrupted extends Error {}

/** One run of one script in a machine of its own. */
export class ScriptRun {
  /** Whether the thread can be used again: false after the engine was broken off or broke. */
  reusable = true;
  private interruption: ScriptEnd | null = null;
  private cpu = new CpuMeter();
  private nextCpuCheck = 0;
  private requests = 0;
  private openRequests = 0;
  private readonly replies: { id: number; reply: HttpReply }[] = [];
  private wake: () => void = () => undefined;

  constructor(
    private readonly request: RunRequest,
    private readonly host: RunHost,
  ) {}

  /** Throws only where the machine itself cannot be made. */
  async run(): Promise<ScriptEnd> {
    const script = compile(this.request.language, this.request.source);
    if ('kind' in script) return script;
    const machine = await newMachine(this.request.memoryMb);
    let guest: Guest | null = null;
    try {
      guest = this.enter(machine);
      return await this.runIn(guest, script);
    } catch (error) {
      return this.endBy(error, machine, guest, script);
    } finally {
      if (this.reusable) machine.retire();
    }
  }

  /** The answer to one of the run's requests. */
  reply(id: number, reply: HttpReply): void {
    this.replies.push({ id, reply });
    this.wake();
  }

  /** Makes a run that waits look at the stop cell. */
  stop(): void {
    this.wake();
  }

  private enter(machine: Machine): Guest {
    const runtime = machine.engine.newRuntime();
    runtime.setMaxStackSize(ENGINE_STACK_BYTES);
    runtime.setInterruptHandler(() => this.mustInterrupt());
    this.cpu = new CpuMeter(); // Making the machine is not the script's doing.
    this.cpu.resume();
    return new Guest(runtime.newContext(), this.request.globals, {
      log: (level, line) => this.host.log(level, line),
      fetch: (request) => this.sendRequest(request),
    });
  }

  private async runIn(guest: Guest, script: CompiledScript): Promise<ScriptEnd> {
    const main = guest.load(script);
    if (this.request.checkOnly) return { kind: 'returned', json: 'null', cpuMs: 0 };
    const value = await this.settled(guest, guest.start(main));
    if (value === null) {
      return failed('never_settles', 'The script waits for a promise that nothing will ever settle.');
    }
    const json = guest.encode(value);
    if (json === null) {
      return failed(
        'output_too_large',
        `The returned value is larger than ${MAX_OUTPUT_BYTES} bytes of JSON.`,
      );
    }
    return { kind: 'returned', json, cpuMs: this.cpu.usedMs() };
  }

  /** Lets the script work, and hands it its replies, until its promise has a value; null: it never will. */
  private async settled(guest: Guest, promise: QuickJSHandle): Promise<QuickJSHandle | null> {
    for (;;) {
      while (guest.busy) {
        guest.runJobs(JOBS_PER_TURN);
        this.throwIfInterrupted();
      }
      const value = guest.settledValue(promise);
      if (value !== null || this.openRequests === 0) return value;
      for (const { id, reply } of await this.nextReplies()) {
        this.openRequests -= 1;
        guest.settleRequest(id, reply);
      }
    }
  }

  private async nextReplies(): Promise<{ id: number; reply: HttpReply }[]> {
    this.cpu.pause();
    while (this.replies.length === 0) {
      this.throwIfInterrupted();
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    this.cpu.resume();
    return this.replies.splice(0);
  }

  private sendRequest(request: string): number {
    this.openRequests += 1;
    this.requests += 1;
    this.host.fetch(this.requests, request);
    return this.requests;
  }

  private throwIfInterrupted(): void {
    if (this.mustInterrupt()) throw new Interrupted();
  }

  /** Asked by the engine many thousand times a second while it computes. */
  private mustInterrupt(): boolean {
    if (this.interruption === null && this.host.stopRequested()) this.interruption = { kind: 'stopped' };
    const now = performance.now();
    if (this.interruption === null && now >= this.nextCpuCheck) {
      this.nextCpuCheck = now + CPU_CHECK_INTERVAL_MS;
      this.checkCpu();
    }
    return this.interruption !== null;
  }

  private checkCpu(): void {
    const { cpuLimitMs } = this.request;
    if (this.cpu.usedMs() <= cpuLimitMs) return;
    const message = `The script used more than ${cpuLimitMs} ms of processor time.`;
    this.interruption = failed('cpu_limit_exceeded', message);
  }

  /** What an error means for the run. The order matters: an interruption shows as any kind of error. */
  private endBy(error: unknown, machine: Machine, guest: Guest | null, script: CompiledScript): ScriptEnd {
    const starved = machine.starved;
    const thrown = error instanceof GuestError ? error : null;
    const description = thrown && guest && !this.interruption ? guest.describe(thrown.thrown) : null;
    const noMemory = starved && looksLikeNoMemory(description);
    this.reusable = thrown !== null && this.interruption === null && !noMemory;
    if (this.interruption) return this.interruption;
    if (noMemory) {
      return failed('memory_exceeded', `The script needs more than ${this.request.memoryMb} MiB of memory.`);
    }
    if (thrown) return { kind: 'failed', failure: failureOf(description, script, thrown.code) };
    const message = error instanceof Error ? error.message : String(error);
    return failed('script_crashed', `The script broke the engine that ran it: ${message}`);
  }
}
