import { Logger } from '@nestjs/common';
import type { ClaimQueue } from '../../modules/executions/claim-queue.js';
import { LATE_MS } from '../loop.js';
import type { WatchedLoop } from '../loops.js';
import type { Worker } from './worker.js';

/** The safety net, should a notification be lost. */
const POLL_MS = 1_000;
const ERROR_PAUSE_MS = 250;

/** Keeps the worker supplied: claims when there is room and something may be ready, sleeps else. */
export class ClaimLoop implements WatchedLoop {
  readonly name = 'claims';
  private readonly log = new Logger(ClaimLoop.name);
  private stopped = true;
  private woken = false;
  private wakeUp: (() => void) | null = null;
  private running: Promise<void> | null = null;
  private lastRoundAt = performance.now();

  constructor(
    private readonly worker: Worker,
    private readonly queue: ClaimQueue,
  ) {}

  start(): void {
    this.stopped = false;
    this.lastRoundAt = performance.now();
    this.worker.whenRoom(() => this.wake());
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  get lagMs(): number {
    return performance.now() - this.lastRoundAt;
  }

  /** A round sleeps for `POLL_MS` at most. */
  get healthy(): boolean {
    return !this.stopped && this.lagMs < POLL_MS + LATE_MS;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.round();
        this.lastRoundAt = performance.now();
      } catch (error) {
        this.log.warn(`Could not claim: ${(error as Error).message}`);
        await this.sleep(ERROR_PAUSE_MS);
      }
    }
  }

  private async round(): Promise<void> {
    this.woken = false;
    const room = this.worker.room();
    const claimed = room > 0 ? await this.worker.claimOnce() : 0;
    if (this.woken || (room > 0 && claimed >= room)) return;
    const pause = room > 0 ? await this.untilNextDueMs() : POLL_MS;
    if (!this.woken) await this.sleep(pause);
  }

  private async untilNextDueMs(): Promise<number> {
    const seconds = await this.queue.secondsToNextDue(this.worker.marks);
    return seconds === null ? POLL_MS : Math.min(Math.max(Math.ceil(seconds * 1000), 0), POLL_MS);
  }

  private async sleep(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = null;
  }
}
