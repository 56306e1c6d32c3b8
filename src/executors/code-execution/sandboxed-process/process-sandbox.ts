import {
  findBubblewrap,
  type SandboxedProcess,
  type SandboxedProgram,
  startSandboxed,
} from './bubblewrap.js';

/** Users outside the sandboxes where Carillon runs as root; no system gives these numbers out. */
const FIRST_UID = 2_000_100_000;

/** Starts sandboxed programs, a bounded number at once, each as a user of its own where that is possible. */
export class ProcessSandbox {
  private readonly freeSlots: number[];
  private readonly waiting: ((slot: number | null) => void)[] = [];

  constructor(maxProcesses: number) {
    this.freeSlots = Array.from({ length: maxProcesses }, (_, index) => index);
  }

  /**
   * Waits for a free place and runs the program there.
   * @param use gets the running process; what it answers is answered when the process has ended
   * @returns null where the signal was aborted first; an abort while it runs kills it
   * @throws Error where bubblewrap is missing or cannot be started
   */
  async run<T>(
    program: SandboxedProgram,
    signal: AbortSignal,
    use: (process: SandboxedProcess) => Promise<T>,
  ): Promise<T | null> {
    const bwrap = findBubblewrap();
    if (bwrap === null) throw new Error('bubblewrap (bwrap) is not installed.');
    const slot = await this.acquire(signal);
    if (slot === null) return null;
    try {
      const process = startSandboxed(bwrap, program, isRoot() ? FIRST_UID + slot : null);
      const kill = () => process.kill();
      signal.addEventListener('abort', kill, { once: true });
      const [answer, { startError }] = await Promise.all([use(process), process.ended]);
      signal.removeEventListener('abort', kill);
      if (startError) throw startError;
      return answer;
    } finally {
      this.release(slot);
    }
  }

  private acquire(signal: AbortSignal): Promise<number | null> {
    const slot = signal.aborted ? undefined : this.freeSlots.pop();
    if (slot !== undefined || signal.aborted) return Promise.resolve(slot ?? null);
    return new Promise((resolve) => {
      const give = (free: number | null) => {
        signal.removeEventListener('abort', leave);
        resolve(free);
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(give), 1);
        resolve(null);
      };
      this.waiting.push(give);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private release(slot: number): void {
    const next = this.waiting.shift();
    if (next) next(slot);
    else this.freeSlots.push(slot);
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
