import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { nextCronInstant } from '../../domain/schedule/cron.js';
import { RetentionLog } from '../../modules/admin/retention-log.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { LONGEST_DELAY_MS, SingleCronJob } from '../scheduler/registrations.js';
import { Retention } from './retention.js';

/** The name of the registration. */
const NAME = 'retention';
const TIMEZONE = 'UTC';
const RETRY_MS = 60_000;

/**
 * Runs retention by `RETENTION_SCHEDULE`, as a cron registration in Nest's SchedulerRegistry that is set for the
 * next instant. Of many nodes one takes each instant; one that passed while no node was up is made up for at
 * the start.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(RetentionService.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly retention: Retention,
    private readonly runs: RetentionLog,
    private readonly registry: SchedulerRegistry,
    private readonly clock: DatabaseClock,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.makeUp();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.disarm();
  }

  /** Runs what was missed, then waits for the next instant. */
  private async makeUp(): Promise<void> {
    try {
      const { lastDueAt } = await this.runs.read();
      const missed = lastDueAt === null ? this.clock.now() : this.instantAfter(lastDueAt);
      if (missed !== null && missed <= this.clock.now()) await this.run(missed);
    } catch (error) {
      this.log.warn(`Retention could not run: ${(error as Error).message}`);
    }
    await this.plan();
  }

  private async run(dueAt: Date): Promise<void> {
    if (!(await this.runs.take(dueAt))) return;
    const removed = await this.retention.runOnce(this.stopping.signal);
    await this.runs.ran(this.clock.now(), removed);
  }

  private async plan(): Promise<void> {
    const next = this.instantAfter(this.clock.now());
    if (next !== null) this.arm(next);
    await this.runs.planned(next).catch((error: Error) => this.log.warn(`Not on record: ${error.message}`));
  }

  private arm(dueAt: Date): void {
    if (this.stopping.signal.aborted) return;
    this.disarm();
    const delay = Math.min(Math.max(dueAt.getTime() - this.clock.nowMs(), 0), LONGEST_DELAY_MS);
    const job = new SingleCronJob(delay, () => {
      // The timer may ring early: it counts in 32 bits, and not by the database's clock.
      if (this.clock.now() < dueAt) this.arm(dueAt);
      else this.running = this.tick(dueAt);
    });
    this.registry.addCronJob(NAME, job);
    job.start();
  }

  private async tick(dueAt: Date): Promise<void> {
    try {
      await this.run(dueAt);
    } catch (error) {
      this.log.warn(`Retention failed, and runs again shortly: ${(error as Error).message}`);
      this.arm(new Date(this.clock.nowMs() + RETRY_MS));
      return;
    }
    await this.plan();
  }

  private disarm(): void {
    if (this.registry.doesExist('cron', NAME)) this.registry.deleteCronJob(NAME);
  }

  private instantAfter(instant: Date): Date | null {
    return nextCronInstant(this.settings.retentionSchedule, TIMEZONE, instant);
  }
}
