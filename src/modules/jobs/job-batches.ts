import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL } from 'uuid';
import type { Caller } from '../../domain/job/caller.js';
import {
  type ClockChange,
  pausedClock,
  resumedClock,
  startedClock,
  stoppedClock,
} from '../../domain/job/clock.js';
import type { JobState } from '../../domain/job/job-type.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { runnerOfManager } from '../../platform/database/manager-runner.js';
import { PAUSE_NEXT, WRITE_CLOCKS } from '../../platform/database/sql/job-batches.sql.js';
import { ExecutionsService } from '../executions/executions.service.js';
import { type JobSelection, selectJobIds } from './job-selection.js';
import { JobDependenciesService } from './job-dependencies.js';
import { JobStore, type LockedJob } from './job-store.js';
import { jobTransaction } from './job-transaction.js';
import { unfired } from './unfired-occurrences.js';

/** Jobs changed in one transaction. */
const BATCH = 500;
/** Jobs looked at in one statement where all are paused. */
const PAUSED_AT_ONCE = 10_000;

/** What can be done to many jobs at once. */
export type BulkChange = 'pause' | 'resume' | 'delete' | 'enable' | 'disable';

/** The states that a job may be in for a change; others are passed over. Undefined: any. */
const APPLIES_TO: Record<BulkChange, readonly JobState[] | undefined> = {
  pause: ['enabled'],
  resume: ['paused'],
  delete: undefined,
  enable: ['disabled', 'paused'],
  disable: ['enabled', 'paused', 'completed'],
};

/** What one statement of many paused, and up to where. */
interface PausedJobs {
  count: number;
  last: string | null;
}

type Change = (job: LockedJob, now: Date) => ClockChange;

const CHANGES: Record<BulkChange, Change> = {
  pause: (job) => ({ clock: pausedClock(job.clock), skipped: null }),
  resume: (job, now) => resumedClock(job.clock, job.definition.plan, job.definition.misfire, now),
  enable: (job, now) =>
    job.state === 'paused'
      ? resumedClock(job.clock, job.definition.plan, job.definition.misfire, now)
      : { clock: startedClock(job.definition.plan, now), skipped: null },
  disable: (job, now) => stoppedClock(job.clock, job.definition.plan, now, 'disabled', 'disabled'),
  delete: (job, now) => stoppedClock(job.clock, job.definition.plan, now, job.state, 'deleted'),
};

/** Changes many jobs at once, by the same rules as one. */
@Injectable()
export class JobBatches {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly store: JobStore,
    private readonly executions: ExecutionsService,
    private readonly dependencies: JobDependenciesService,
  ) {}

  /**
   * The selected jobs that a change applies to.
   * @throws DomainError bulk_limit_exceeded
   */
  select(selection: JobSelection, change: BulkChange | 'trigger', caller: Caller): Promise<string[]> {
    const states = change === 'trigger' ? undefined : APPLIES_TO[change];
    return selectJobIds(this.dataSource.manager, selection, states, caller);
  }

  /**
   * Changes jobs in batches, each in a transaction of its own. Jobs that the change does not apply to any more
   * are passed over.
   * @returns how many were changed
   */
  async change(ids: readonly string[], change: BulkChange, caller: Caller): Promise<number> {
    let count = 0;
    for (let start = 0; start < ids.length; start += BATCH) {
      const batch = ids.slice(start, start + BATCH);
      count += await jobTransaction(this.dataSource, (manager) =>
        this.changeBatch(manager, batch, change, caller),
      );
    }
    return count;
  }

  /** Pauses every enabled job of every project, in the caller's transaction. @returns how many */
  async pauseAll(manager: EntityManager, by: string): Promise<number> {
    const runner = runnerOfManager(manager);
    const now = this.clock.now();
    let count = 0;
    for (let next: PausedJobs | undefined = { count: 0, last: NIL }; next?.last;) {
      [next] = await runner.rows<PausedJobs>(PAUSE_NEXT, [by, now, next.last, PAUSED_AT_ONCE]);
      count += next?.count ?? 0;
    }
    await this.store.announceAll(manager);
    return count;
  }

  /** Resumes every paused job of every project, in batches. @returns how many */
  async resumeAll(caller: Caller): Promise<number> {
    let count = 0;
    for (let after: string | null = null; ;) {
      const ids = await this.nextPaused(after);
      count += await this.change(ids, 'resume', caller);
      if (ids.length < BATCH) return count;
      after = ids.at(-1) ?? null;
    }
  }

  private async nextPaused(after: string | null): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM jobs WHERE state = 'paused' AND deleted_at IS NULL AND ($1::uuid IS NULL OR id > $1)
       ORDER BY id LIMIT ${BATCH}`,
      [after],
    );
    return rows.map((row) => row.id);
  }

  private async changeBatch(
    manager: EntityManager,
    ids: readonly string[],
    change: BulkChange,
    caller: Caller,
  ): Promise<number> {
    const wanted = APPLIES_TO[change];
    const locked = await this.store.lockMany(manager, ids, caller);
    const jobs = locked.filter((job) => wanted === undefined || wanted.includes(job.state));
    if (jobs.length === 0) return 0;
    const now = this.clock.now();
    const changes = jobs.map((job) => ({ jobId: job.id, ...CHANGES[change](job, now) }));
    await this.write(manager, changes, change === 'delete', caller, now);
    if (change === 'delete') {
      const deleted = jobs.map((job) => job.id);
      const reason = `The job was deleted by ${caller.subject}.`;
      await this.dependencies.forget(manager, deleted);
      await this.executions.cancelQueuedOfMany(deleted, reason, manager);
    }
    await this.store.announceAll(manager);
    return jobs.length;
  }

  private async write(
    manager: EntityManager,
    changes: readonly (ClockChange & { jobId: string })[],
    deleted: boolean,
    caller: Caller,
    now: Date,
  ): Promise<void> {
    const entries = changes.flatMap(({ jobId, skipped, excluded = [] }) =>
      unfired(skipped, excluded).map((entry) => ({ ...entry, jobId })),
    );
    await runnerOfManager(manager).rows(WRITE_CLOCKS, [
      caller.subject,
      now,
      changes.map(({ jobId }) => jobId),
      changes.map(({ clock }) => clock.state),
      changes.map(({ clock }) => clock.nextRunAt),
      changes.map(({ clock }) => clock.pausedRunAt),
      changes.map(({ clock }) => clock.lateUntil),
      changes.map(({ clock }) => clock.accountedUntil),
      changes.map(() => deleted),
      entries.map((entry) => entry.jobId),
      entries.map((entry) => entry.scheduledFor),
      entries.map((entry) => entry.through),
      entries.map((entry) => entry.instants),
      entries.map((entry) => entry.result),
      entries.map((entry) => entry.reason),
    ]);
  }
}
