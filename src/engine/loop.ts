import { Logger } from '@nestjs/common';
import type { WatchedLoop } from './loops.js';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** A round that is late by so much is not coming. */
export const LATE_MS = 15_000;

/**
 * A round of work, repeated until stopped. A round that throws is logged and tried again after a growing
 * pause, so that a loop survives a database that goes away and comes back.
 */
export class Loop implements WatchedLoop {
  private readonly log: Logger;
  private timer: NodeJS.Timeout | null = null;
  private current: Promise<void> | null = null;
  private stopped = true;
  private again = false;
  private failures = 0;
  private finishedAt = performance.now();

  /**
   * @param name for logs and health
   * @param intervalMs pause between rounds
   * @param round one round; `runOnce` of a maintenance service
   */
  constructor(
    readonly name: string,
    private readonly intervalMs: number,
    private readonly round: () => Promise<unknown>,
  ) {
    this.log = new Logger(`Loop:${name}`);
  }

  start(): void {
    this.stopped = false;
    this.finishedAt = performance.now();
    this.schedule(0);
  }

  /** Runs a round as soon as the present one, if any, is done. */
  wake(): void {
    if (this.stopped) return;
    if (this.current) this.again = true;
    else this.schedule(0);
  }

  /** Starts no further round and waits for the present one. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.current;
  }

  get lagMs(): number {
    return performance.now() - this.finishedAt;
  }

  get healthy(): boolean {
    return !this.stopped && this.lagMs < this.intervalMs + LATE_MS;
  }

  private schedule(delayMs: number): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.current = this.runRound().finally(() => {
        this.current = null;
        if (this.stopped) return;
        const immediately = this.again && this.failures === 0;
        this.again = false;
        this.schedule(immediately ? 0 : this.pauseMs());
      });
    }, delayMs);
  }

  private async runRound(): Promise<void> {
    try {
      await this.round();
      this.finishedAt = performance.now();
      if (this.failures > 0) this.log.log('Works again');
      this.failures = 0;
    } catch (error) {
      this.failures++;
      this.log.warn(`Round failed (${this.failures} in a row): ${(error as Error).message}`);
    }
  }

  private pauseMs(): number {
    if (this.failures === 0) return this.intervalMs;
    return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(this.failures - 1, 10), LONGEST_BACKOFF_MS);
  }
}
