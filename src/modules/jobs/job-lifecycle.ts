import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DomainError } from '../../domain/errors.js';
import type { Caller } from '../../domain/job/caller.js';
import { pausedClock, resumedClock, stopped, stoppedClock } from '../../domain/job/clock.js';
import type { JobState } from '../../domain/job/job-type.js';
import type { WantedRevisions } from '../../domain/job/revision.js';
import type { JobView } from '../../domain/job/view.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { ExecutionsService } from '../executions/executions.service.js';
import { JobDependenciesService } from './job-dependencies.js';
import { JobStore } from './job-store.js';
import { jobTransaction } from './job-transaction.js';
import { JobViews } from './job-views.js';

/** Pauses, resumes and removes jobs. */
@Injectable()
export class JobLifecycle {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly store: JobStore,
    private readonly views: JobViews,
    private readonly executions: ExecutionsService,
    private readonly dependencies: JobDependenciesService,
  ) {}

  /**
   * Stops scheduled runs. What is queued or running goes on, and the job can still be triggered.
   * @param wanted the revisions that the change may start from, here and below
   * @throws DomainError job_not_found, job_not_pausable, precondition_failed
   */
  async pause(id: string, caller: Caller, wanted: WantedRevisions = null): Promise<JobView> {
    await jobTransaction(this.dataSource, async (manager) => {
      const job = await this.store.lock(manager, id, caller, { wanted });
      if (job.state !== 'enabled') throw notPausable(job.state);
      const now = this.clock.now();
      await this.store.writeClock(manager, id, { clock: pausedClock(job.clock), skipped: null }, now);
      await this.store.writeJob(manager, id, { updatedBy: caller.subject, updatedAt: now });
    });
    return this.views.get(id, caller);
  }

  /**
   * Lets scheduled runs go on. Instants that were due in a pause within the misfire grace are recorded as
   * skipped; after a longer pause the misfire policy decides over them.
   * @throws DomainError job_not_found, job_not_paused
   */
  async resume(id: string, caller: Caller, wanted: WantedRevisions = null): Promise<JobView> {
    await jobTransaction(this.dataSource, async (manager) => {
      const job = await this.store.lock(manager, id, caller, { wanted });
      if (job.state !== 'paused') throw notPaused(job.state);
      const now = this.clock.now();
      const { plan, misfire } = job.definition;
      await this.store.writeClock(manager, id, resumedClock(job.clock, plan, misfire, now), now);
      await this.store.writeJob(manager, id, { updatedBy: caller.subject, updatedAt: now });
    });
    return this.views.get(id, caller);
  }

  /**
   * Removes a job: it runs no more, and what is queued is cancelled, as is what waits for an end of it in other jobs. What
   * runs may finish; what comes back to be tried again is cancelled then.
   * Its history stays readable.
   * @param onlyIdle refuse where any run waits or is running
   * @throws DomainError job_not_found, job_has_active_runs
   */
  async remove(
    id: string,
    caller: Caller,
    { onlyIdle = false, wanted = null }: { onlyIdle?: boolean; wanted?: WantedRevisions } = {},
  ): Promise<void> {
    await jobTransaction(this.dataSource, async (manager) => {
      const job = await this.store.lock(manager, id, caller, { wanted });
      if (onlyIdle && (await this.executions.anyActiveOf(id, manager))) throw stillActive();
      const now = this.clock.now();
      const change = stoppedClock(job.clock, job.definition.plan, now, job.state, 'deleted');
      await this.store.writeClock(manager, id, change, now);
      await this.store.writeJob(manager, id, { updatedBy: caller.subject, updatedAt: now, deletedAt: now });
      await this.dependencies.forget(manager, [id]);
      await this.executions.cancelQueuedOf(id, `The job was deleted by ${caller.subject}.`, manager);
    });
  }

  /**
   * Removes a job for good, with its whole history; also one that `remove` has removed before.
   * @throws DomainError job_not_found
   */
  async erase(id: string, caller: Caller, wanted: WantedRevisions = null): Promise<void> {
    await jobTransaction(this.dataSource, async (manager) => {
      const job = await this.store.lock(manager, id, caller, { wanted, withDeleted: true });
      // Raises the clock's version: a firing that is on its way must not record a run after this.
      await this.store.writeClock(
        manager,
        id,
        { clock: stopped(job.state), skipped: null },
        this.clock.now(),
      );
      await this.dependencies.forget(manager, [id]);
      await this.executions.deleteAllOf(id, manager);
      await this.store.erase(manager, id);
    });
  }
}

function stillActive(): DomainError {
  return new DomainError(
    'conflict',
    'job_has_active_runs',
    'The job has runs that have not ended; wait for them or cancel them first.',
  );
}

function notPausable(state: JobState): DomainError {
  const why: Record<JobState, string> = {
    enabled: 'runs',
    paused: 'is paused already',
    disabled: 'is disabled: it has no runs to pause',
    completed: 'has completed: it has no further runs to pause',
  };
  return new DomainError('invalid', 'job_not_pausable', `The job ${why[state]}.`);
}

function notPaused(state: JobState): DomainError {
  return new DomainError(
    'invalid',
    'job_not_paused',
    `The job is ${state}; only a paused job can be resumed.`,
  );
}
