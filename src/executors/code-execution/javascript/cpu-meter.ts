import { readFileSync } from 'node:fs';

/**
 * Processor time that the calling thread has used, in ms. Linux only: elsewhere null, as node tells only the
 * sum over all threads.
 */
export function threadCpuMs(): number | null {
  try {
    return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'latin1'), 10) / 1e6;
  } catch {
    return null;
  }
}

/** Counts one run's processor time: on Linux truly, elsewhere as the time in which its code ran. */
export class CpuMeter {
  private readonly started = threadCpuMs();
  private activeMs = 0;
  private activeSince: number | null = null;

  /** The run's code starts or goes on. */
  resume(): void {
    this.activeSince = performance.now();
  }

  /** The run's code ends or waits. */
  pause(): void {
    if (this.activeSince !== null) this.activeMs += performance.now() - this.activeSince;
    this.activeSince = null;
  }

  usedMs(): number {
    const now = this.started === null ? null : threadCpuMs();
    if (now !== null && this.started !== null) return now - this.started;
    return this.activeMs + (this.activeSince === null ? 0 : performance.now() - this.activeSince);
  }
}
