import { Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import type { Clock } from './clock.js';

/** setTimeout counts in 32 bits; the horizon is far below, this only guards it. */
export const LONGEST_DELAY_MS = 2_147_483_647;

/**
 * The jobs that are due soon, in Nest's SchedulerRegistry: cron jobs as cron registrations, interval jobs as
 * intervals, one-time jobs as timeouts, all named `job:<id>`. Each is set for one instant, the persisted one:
 * the timer library never decides when a job runs.
 */
@Injectable()
export class Registrations {
  private readonly armed = new Map<string, Clock>();

  constructor(private readonly registry: SchedulerRegistry) {}

  get size(): number {
    return this.armed.size;
  }

  get(jobId: string): Clock | undefined {
    return this.armed.get(jobId);
  }

  /** Arms a clock to call `tick` after `delayMs`; takes the place of an earlier registration of the job. */
  arm(clock: Clock, delayMs: number, tick: (clock: Clock) => void): void {
    this.disarm(clock.jobId);
    this.armed.set(clock.jobId, clock);
    const name = nameOf(clock.jobId);
    const delay = Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS);
    const onTick = () => {
      this.disarm(clock.jobId);
      tick(clock);
    };
    const kind = registeredAs(clock);
    if (kind === 'cron') {
      const job = new SingleCronJob(delay, onTick);
      this.registry.addCronJob(name, job);
      job.start();
    } else if (kind === 'interval') this.registry.addInterval(name, setTimeout(onTick, delay));
    else this.registry.addTimeout(name, setTimeout(onTick, delay));
  }

  disarm(jobId: string): void {
    const clock = this.armed.get(jobId);
    if (!clock) return;
    this.armed.delete(jobId);
    const name = nameOf(jobId);
    const kind = registeredAs(clock);
    if (!this.registry.doesExist(kind, name)) return;
    if (kind === 'cron') this.registry.deleteCronJob(name);
    else if (kind === 'interval') this.registry.deleteInterval(name);
    else this.registry.deleteTimeout(name);
  }

  /** Makes room: what is due later is read again in time. */
  disarmLaterThan(instant: Date): void {
    for (const clock of [...this.armed.values()]) if (clock.dueAt > instant) this.disarm(clock.jobId);
  }

  disarmAll(): void {
    for (const jobId of [...this.armed.keys()]) this.disarm(jobId);
  }
}

/** The kind of registration that a clock has: a one-time job and what is left of a plan are timeouts. */
function registeredAs({ kind }: Clock): 'cron' | 'interval' | 'timeout' {
  return kind === 'cron' || kind === 'interval' ? kind : 'timeout';
}

function nameOf(jobId: string): string {
  return `job:${jobId}`;
}

/**
 * A cron registration for one instant, `delayMs` from now (at most LONGEST_DELAY_MS). Its timer counts by the monotonic clock: CronJob's own follows the node's
 * clock, waits anew when that is set back, and throws when the instant has just passed.
 */
export class SingleCronJob extends CronJob {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    onTick: () => void,
  ) {
    super(new Date(Date.now() + delayMs), onTick);
  }

  override start(): void {
    this.timer = setTimeout(() => void this.fireOnTick(), this.delayMs);
  }

  override stop(): undefined {
    clearTimeout(this.timer);
  }
}
