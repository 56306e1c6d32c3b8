import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { COMPLETE_JOBS } from '../../platform/database/sql/complete-jobs.sql.js';
import { Loop } from '../loop.js';

/** The safety net: what was fired by a process that has died since. */
const LOOK_EVERY_MS = 10_000;
/** Executions that have just been fired start first. */
const AFTER_FIRING_MS = 200;
/** Jobs in one statement, and the pause between two: what is due meanwhile must not wait. */
const BATCH = 100;
const BREATH_MS = 20;

/** Completes jobs whose last instant has been fired. The firing has marked their clocks, so any node may do it, and nothing is lost. */
@Injectable()
export class EndedSchedules {
  readonly loop = new Loop('completion', LOOK_EVERY_MS, () => this.completeAll());
  private soon: NodeJS.Timeout | null = null;

  constructor(private readonly database: HotDatabase) {}

  /** A firing has marked clocks. */
  marked(): void {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      this.loop.wake();
    }, AFTER_FIRING_MS).unref();
  }

  async stop(): Promise<void> {
    if (this.soon) clearTimeout(this.soon);
    await this.loop.stop();
  }

  /** @returns how many marks were dealt with */
  async completeAll(): Promise<number> {
    for (let done = 0; ; await pause(BREATH_MS)) {
      const [row] = await this.database.rows<{ count: number }>(COMPLETE_JOBS, [BATCH]);
      const count = row?.count ?? 0;
      done += count;
      if (count < BATCH) return done;
    }
  }
}
