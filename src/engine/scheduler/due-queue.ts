import { Logger } from '@nestjs/common';
import type { DatabaseClock } from '../../platform/clock/database-clock.js';
import type { EngineMetrics } from '../../platform/metrics/engine-metrics.js';
import type { Clock } from './clock.js';
import { advanced, firingOf, notesOf, type Firing } from './firing.js';
import type { FiringRepository } from './firing-repository.js';

const BATCH = 1_000;
const IN_FLIGHT = 2;
const RETRY_MS = 200;
/** A clock that another node was firing is read again after so long. */
const LOST_AGAIN_MS = 50;

export interface DueQueueEvents {
  /** Clocks that were fired here, as they stand now. */
  advanced(clocks: Clock[]): void;
  /** Clocks that were advanced or changed elsewhere: they must be read anew. */
  lost(jobIds: string[]): Promise<void>;
}

/** Gathers clocks that have run out and fires them in batches. */
export class DueQueue {
  private readonly log = new Logger(DueQueue.name);
  private waiting: Clock[] = [];
  private readonly inHand = new Map<string, bigint>();
  private inFlight = 0;
  private scheduled = false;
  private idle: (() => void)[] = [];

  constructor(
    private readonly repository: FiringRepository,
    private readonly clock: DatabaseClock,
    private readonly metrics: EngineMetrics,
    private readonly events: DueQueueEvents,
  ) {}

  add(clock: Clock): void {
    if (this.has(clock)) return;
    this.inHand.set(clock.jobId, clock.version);
    this.waiting.push(clock);
    this.flushSoon();
  }

  /** Whether this version of the clock is about to be fired here. */
  has(clock: Clock): boolean {
    return this.inHand.get(clock.jobId) === clock.version;
  }

  /** Resolves once everything in hand was fired, or given up. */
  async drained(): Promise<void> {
    if (this.waiting.length === 0 && this.inFlight === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private flushSoon(): void {
    if (this.scheduled || this.inFlight >= IN_FLIGHT || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const batch = this.waiting.splice(0, BATCH);
    if (batch.length === 0) return;
    this.inFlight++;
    this.flushSoon();
    try {
      await this.fire(batch);
    } catch (error) {
      this.log.warn(`${batch.length} due jobs wait for the database: ${(error as Error).message}`);
      this.retryLater(batch);
    } finally {
      this.inFlight--;
      this.flushSoon();
      if (this.waiting.length === 0 && this.inFlight === 0)
        this.idle.splice(0).forEach((resolve) => resolve());
    }
  }

  private async fire(batch: readonly Clock[]): Promise<void> {
    const now = this.clock.now();
    const firings = batch.map((clock) => firingOf(clock, now));
    const controlled = firings.filter((firing) => firing.clock.flowControlled);
    const plain = firings.filter((firing) => !firing.clock.flowControlled);
    if (plain.length > 0) this.done(plain, await this.repository.fire(plain));
    if (controlled.length > 0) this.done(controlled, await this.repository.fireFlowControlled(controlled));
  }

  private done(firings: readonly Firing[], won: ReadonlySet<string>): void {
    const next: Clock[] = [];
    const lost: string[] = [];
    for (const firing of firings) {
      const { jobId, version } = firing.clock;
      if (this.inHand.get(jobId) === version) this.inHand.delete(jobId);
      if (!won.has(jobId)) {
        lost.push(jobId);
        continue;
      }
      this.count(firing);
      const clock = advanced(firing);
      if (clock) next.push(clock);
    }
    this.events.advanced(next);
    if (lost.length > 0) setTimeout(() => void this.events.lost(lost), LOST_AGAIN_MS).unref();
  }

  private count(firing: Firing): void {
    const now = this.clock.nowMs();
    for (const instant of firing.plan.fire)
      this.metrics.lateness.observe(Math.max(now - instant.getTime(), 0) / 1000);
    if (firing.plan.fire.length > 0)
      this.metrics.occurrences.inc({ result: 'fired' }, firing.plan.fire.length);
    for (const note of notesOf(firing))
      this.metrics.occurrences.inc({ result: note.result }, note.range.count);
  }

  private retryLater(batch: readonly Clock[]): void {
    const unfired = batch.filter((clock) => this.has(clock));
    setTimeout(() => {
      this.waiting.unshift(...unfired);
      this.flushSoon();
    }, RETRY_MS);
  }
}
