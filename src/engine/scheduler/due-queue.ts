import { Logger } from '@nestjs/common';
import { Batcher } from '../../platform/batching/batcher.js';
import { isConnectionError } from '../../platform/database/connection-error.js';
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
  /** The last instants of some jobs were fired here. */
  ended(): void;
  /** Clocks that were advanced or changed elsewhere: they must be read anew. */
  lost(jobIds: string[]): Promise<void>;
}

/** Gathers clocks that have run out and fires them in batches. */
export class DueQueue {
  private readonly log = new Logger(DueQueue.name);
  private readonly batcher = new Batcher<Clock>({
    size: BATCH,
    inFlight: IN_FLIGHT,
    flush: (batch) => this.flush(batch),
  });
  private readonly inHand = new Map<string, bigint>();
  private closed = false;

  constructor(
    private readonly repository: FiringRepository,
    private readonly clock: DatabaseClock,
    private readonly metrics: EngineMetrics,
    private readonly events: DueQueueEvents,
  ) {}

  add(clock: Clock): void {
    if (this.closed || this.has(clock)) return;
    this.inHand.set(clock.jobId, clock.version);
    this.batcher.add(clock);
  }

  /** Whether this version of the clock, or a newer one, is about to be fired here. */
  has(clock: Clock): boolean {
    const version = this.inHand.get(clock.jobId);
    return version !== undefined && version >= clock.version;
  }

  /** Fires what is in hand; gives up what the database does not take, it stays due for other nodes. */
  async close(): Promise<void> {
    this.closed = true;
    await this.drained();
  }

  /** Resolves once everything in hand was fired, or given up. */
  drained(): Promise<void> {
    return this.batcher.drained();
  }

  private async flush(batch: Clock[]): Promise<void> {
    // A job that was changed meanwhile is among them twice: only the newer version holds, and a statement takes a job once.
    const firings = this.planned(batch.filter((clock) => this.isInHand(clock)));
    const controlled = firings.filter((firing) => firing.clock.flowControlled);
    const plain = firings.filter((firing) => !firing.clock.flowControlled);
    await this.fire(plain, (some) => this.repository.fire(some));
    await this.fire(controlled, (some) => this.repository.fireFlowControlled(some));
  }

  /** Whether it is this very version that is to be fired. */
  private isInHand(clock: Clock): boolean {
    return this.inHand.get(clock.jobId) === clock.version;
  }

  private planned(batch: readonly Clock[]): Firing[] {
    const now = this.clock.now();
    return batch.flatMap((clock) => {
      try {
        return [firingOf(clock, now)];
      } catch (error) {
        this.giveUp(clock, error);
        return [];
      }
    });
  }

  /** One clock that cannot be fired must not hold up the others: then each is fired by itself. */
  private async fire(
    firings: readonly Firing[],
    write: (firings: readonly Firing[]) => Promise<ReadonlySet<string>>,
  ): Promise<void> {
    const [first] = firings;
    if (!first) return;
    try {
      this.done(firings, await write(firings));
    } catch (error) {
      if (isConnectionError(error)) {
        this.log.warn(`${firings.length} due jobs wait for the database: ${(error as Error).message}`);
        this.retryLater(firings.map((firing) => firing.clock));
      } else if (firings.length === 1) this.giveUp(first.clock, error);
      else for (const firing of firings) await this.fire([firing], write);
    }
  }

  /** Until the next look ahead finds it again. */
  private giveUp(clock: Clock, error: unknown): void {
    if (this.isInHand(clock)) this.inHand.delete(clock.jobId);
    this.log.error({ err: error, jobId: clock.jobId }, 'A due job could not be fired');
  }

  private done(firings: readonly Firing[], won: ReadonlySet<string>): void {
    const mine: Firing[] = [];
    const next: Clock[] = [];
    const lost: string[] = [];
    for (const firing of firings) {
      const { jobId } = firing.clock;
      if (this.isInHand(firing.clock)) this.inHand.delete(jobId);
      if (!won.has(jobId)) {
        lost.push(jobId);
        continue;
      }
      mine.push(firing);
      const clock = advanced(firing);
      if (clock) next.push(clock);
    }
    this.events.advanced(next);
    if (next.length < mine.length) this.events.ended();
    if (lost.length > 0) setTimeout(() => void this.events.lost(lost), LOST_AGAIN_MS).unref();
    this.count(mine);
  }

  private count(firings: readonly Firing[]): void {
    const now = this.clock.nowMs();
    let fired = 0;
    for (const { plan } of firings) {
      fired += plan.fire.length;
      for (const instant of plan.fire)
        this.metrics.lateness.observe(Math.max(now - instant.getTime(), 0) / 1000);
    }
    if (fired > 0) this.metrics.occurrences.inc({ result: 'fired' }, fired);
    for (const note of firings.flatMap(notesOf))
      this.metrics.occurrences.inc({ result: note.result }, note.range.count);
  }

  private retryLater(batch: readonly Clock[]): void {
    const unfired = batch.filter((clock) => this.isInHand(clock));
    if (!this.closed) this.batcher.again(unfired, RETRY_MS);
  }
}
