import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { DatabaseClock, STEP_MS } from '../../platform/clock/database-clock.js';
import { Listener } from '../../platform/database/listener.js';
import { EngineMetrics } from '../../platform/metrics/engine-metrics.js';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';
import type { Clock } from './clock.js';
import { DueQueue } from './due-queue.js';
import { EndedSchedules } from './ended-schedules.js';
import { FiringRepository } from './firing-repository.js';
import { Registrations } from './registrations.js';

/** Clocks read in one statement. */
const PAGE = 1_000;
/** About so many registrations at most; clocks beyond are armed by a later look ahead, in time for them. */
const MOST_ARMED = 20_000;
/** Provides another number than MOST_ARMED. */
export const MOST_ARMED_CLOCKS = Symbol('MOST_ARMED_CLOCKS');
/** Between two looks ahead, when more is overdue than is armed. */
const BREATH_MS = 50;
const MEASURE_CLOCK_EVERY_MS = 10_000;
/** Announced in place of a job's id: very many jobs have changed. */
const ALL_JOBS = '*';
/** Jobs whose change was announced are read together after so long. */
const GATHER_CHANGES_MS = 5;

/**
 * Fires jobs at their instants. `job_clocks.next_run_at` is the truth; this looks a horizon ahead, arms what is
 * due within it, and fires what ticks in batches. Any number of nodes do the same: the database lets exactly
 * one of them fire each clock.
 */
@Injectable()
export class SchedulerService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(SchedulerService.name);
  private readonly horizonSeconds: number;
  private readonly due: DueQueue;
  private readonly own: Loop[];
  private readonly horizon: Loop;
  private changed = new Set<string>();
  private gathering: NodeJS.Timeout | null = null;
  /** Clocks that run out later are left to a later look ahead. */
  private armedUntilMs = Number.POSITIVE_INFINITY;
  private lookingAgain: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly repository: FiringRepository,
    private readonly ended: EndedSchedules,
    private readonly registrations: Registrations,
    private readonly clock: DatabaseClock,
    private readonly listener: Listener,
    private readonly metrics: EngineMetrics,
    loops: Loops,
    @Optional() @Inject(MOST_ARMED_CLOCKS) private readonly mostArmed = MOST_ARMED,
  ) {
    this.horizonSeconds = settings.schedulerHorizonSeconds;
    this.due = new DueQueue(repository, clock, metrics, {
      advanced: (clocks) => this.armAll(clocks),
      ended: () => ended.marked(),
      lost: (jobIds) => this.reload(jobIds),
    });
    this.horizon = new Loop('horizon', (this.horizonSeconds * 1000) / 3, () => this.lookAhead());
    const measuring = new Loop('clock', MEASURE_CLOCK_EVERY_MS, () => this.measureClock());
    this.own = [this.horizon, measuring, ended.loop];
    for (const loop of this.own) loops.add(loop);
  }

  onApplicationBootstrap(): void {
    this.listener.on('carillon_jobs', (jobId) => this.jobChanged(jobId));
    // Announcements of changes may have been lost meanwhile.
    this.listener.onReconnect(() => this.horizon.wake());
    for (const loop of this.own) loop.start();
  }

  /** Arms nothing more, and finishes what is being fired. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.gathering) clearTimeout(this.gathering);
    await Promise.all(this.own.map((loop) => loop.stop()));
    clearTimeout(this.lookingAgain);
    this.registrations.disarmAll();
    await this.due.close();
    await this.ended.stop();
  }

  /**
   * Reads the clocks that run out within the horizon, the earliest first, and arms them. When there are too many,
   * it stops, and looks again before those that it has armed run out.
   * @returns how many were read, and how many are armed
   */
  async lookAhead(): Promise<{ read: number; armed: number }> {
    this.armedUntilMs = Number.POSITIVE_INFINITY;
    const limit = Math.min(PAGE, this.mostArmed);
    let read = 0;
    let last: Clock | null = null;
    let halfway: Clock | null = null;
    while (!this.stopped) {
      const page: Clock[] = await this.repository.dueWithin(this.horizonSeconds, limit, last);
      read += page.length;
      this.armAll(page);
      last = page.at(-1) ?? last;
      if (!last || page.length < limit) break;
      if (read >= this.mostArmed / 2) halfway ??= last;
      if (read >= this.mostArmed) {
        this.armNothingAfter(last.dueAt);
        this.lookAgainAt((halfway ?? last).dueAt);
        break;
      }
      await nextTurn();
    }
    return { read, armed: this.registrations.size };
  }

  /** Timers that are armed would ring late after a step ahead; after a step back they ring early, and are armed again then. */
  private async measureClock(): Promise<void> {
    if ((await this.clock.measure()) > STEP_MS) this.armAllAnew();
  }

  private armAllAnew(): void {
    this.registrations.disarmAll();
    this.horizon.wake();
  }

  private armNothingAfter(instant: Date): void {
    this.armedUntilMs = instant.getTime();
    this.registrations.disarmLaterThan(instant);
  }

  private lookAgainAt(instant: Date): void {
    const delay = instant.getTime() - this.clock.nowMs();
    // More is overdue than is read at once: the rest is read when that has been fired.
    if (delay <= 0) void this.due.drained().then(() => this.lookAgainIn(BREATH_MS));
    else this.lookAgainIn(delay);
  }

  private lookAgainIn(delayMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.lookingAgain);
    this.lookingAgain = setTimeout(() => this.horizon.wake(), delayMs);
  }

  private armAll(clocks: readonly Clock[]): void {
    if (this.stopped) return;
    const now = this.clock.nowMs();
    for (const clock of clocks) {
      const delay = clock.dueAt.getTime() - now;
      if (this.isOutdated(clock)) continue;
      // What is due already takes the same way without a registration; also what is armed, but late.
      if (delay <= 0) this.tick(clock);
      else if (delay > this.horizonSeconds * 1000 || clock.dueAt.getTime() > this.armedUntilMs)
        this.registrations.disarm(clock.jobId);
      else if (this.registrations.get(clock.jobId)?.version !== clock.version)
        this.registrations.arm(clock, delay, (armed) => this.tick(armed));
    }
    this.metrics.armed.set(this.registrations.size);
  }

  /** Whether a newer version is armed, or this one or a newer one is being fired: readings may overtake each other. */
  private isOutdated(clock: Clock): boolean {
    const armed = this.registrations.get(clock.jobId);
    return this.due.has(clock) || (armed !== undefined && armed.version > clock.version);
  }

  private tick(clock: Clock): void {
    // A timer may ring a little early by the database's clock.
    const early = clock.dueAt.getTime() - this.clock.nowMs();
    if (early > 0) this.registrations.arm(clock, Math.ceil(early), (armed) => this.tick(armed));
    else {
      this.registrations.disarm(clock.jobId);
      this.due.add(clock);
    }
  }

  private jobChanged(jobId: string): void {
    if (this.stopped) return;
    if (jobId === ALL_JOBS) {
      this.armAllAnew();
      return;
    }
    this.changed.add(jobId);
    this.gathering ??= setTimeout(() => {
      this.gathering = null;
      const jobIds = [...this.changed];
      this.changed = new Set();
      void this.reload(jobIds);
    }, GATHER_CHANGES_MS);
  }

  /** Reads clocks anew and arms them as they stand; those that are due no longer are disarmed. */
  private async reload(jobIds: readonly string[]): Promise<void> {
    if (this.stopped) return;
    try {
      const clocks = await this.repository.clocksOf(jobIds, this.horizonSeconds);
      const standing = new Set(clocks.map((clock) => clock.jobId));
      for (const jobId of jobIds) if (!standing.has(jobId)) this.registrations.disarm(jobId);
      this.armAll(clocks);
    } catch (error) {
      this.log.warn(`Could not read ${jobIds.length} clocks: ${(error as Error).message}`);
      this.horizon.wake();
    }
  }
}
