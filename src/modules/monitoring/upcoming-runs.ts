import { Injectable } from '@nestjs/common';
import { setImmediate as breathe } from 'node:timers/promises';
import { DataSource, In } from 'typeorm';
import { occurrencesBetween } from '../../domain/schedule/next-occurrence.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { CLOCKS_WITHIN, NEXT_RUNS } from '../../platform/database/sql/dashboard.sql.js';
import { planOf } from '../jobs/plan-columns.js';
import { JobEntity } from '../jobs/entities/job.entity.js';

/** A planned run. */
export interface NextRun {
  jobId: string;
  jobName: string;
  nextRunAt: Date;
}

interface ClockGroup {
  jobs: number;
  jobId: string;
  nextRunAt: Date;
  runs: number | null;
}

/** Groups of clocks that are looked at; the jobs of further ones are left out. */
const MAX_GROUPS = 20_000;
/** Groups whose calendar is gone through; of further ones only the next run counts. */
const MAX_CALENDARS = 2_000;
/** Calendars between two turns of the event loop. */
const CALENDARS_A_TURN = 20;

/** Counts planned runs. */
@Injectable()
export class UpcomingRuns {
  constructor(
    private readonly database: HotDatabase,
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * How many scheduled runs fall within the next `seconds`. Jobs that go alike are computed once.
   * @param projects the only ones to look at; null: all
   */
  async count(seconds: number, projects: readonly string[] | null): Promise<number> {
    const groups = await this.database.rows<ClockGroup>(CLOCKS_WITHIN, [seconds, projects, MAX_GROUPS]);
    const open = groups.filter((group) => group.runs === null).slice(0, MAX_CALENDARS);
    await this.fillFromCalendars(open, seconds);
    return groups.reduce((sum, group) => sum + group.jobs * (group.runs ?? 1), 0);
  }

  /**
   * The jobs that run next, the first one first, each once.
   * @param projects the only ones to look at; null: all
   */
  next(limit: number, projects: readonly string[] | null): Promise<NextRun[]> {
    return this.database.rows<NextRun>(NEXT_RUNS, [projects, limit]);
  }

  private async fillFromCalendars(groups: readonly ClockGroup[], seconds: number): Promise<void> {
    if (groups.length === 0) return;
    const ids = groups.map((group) => group.jobId);
    const rows = await this.dataSource.manager.findBy(JobEntity, { id: In(ids) });
    const plans = new Map(rows.map((row) => [row.id, planOf(row)]));
    const now = this.clock.now();
    const until = new Date(now.getTime() + seconds * 1_000);
    for (const [index, group] of groups.entries()) {
      const plan = plans.get(group.jobId);
      if (!plan) continue;
      const overdue = group.nextRunAt < now;
      const from = overdue ? now : group.nextRunAt;
      group.runs = occurrencesBetween(plan, from, until, seconds).length + (overdue ? 1 : 0);
      if (index % CALENDARS_A_TURN === CALENDARS_A_TURN - 1) await breathe();
    }
  }
}
