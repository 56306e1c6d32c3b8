import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../domain/job/caller.js';
import { QueueHold } from '../executions/queue-hold.js';
import { JobBatches } from '../jobs/job-batches.js';
import { jobTransaction } from '../jobs/job-transaction.js';
import { requireAllProjects } from './all-projects.js';

/** Stops the whole scheduler for maintenance, and lets it go on. */
@Injectable()
export class SchedulerPause {
  constructor(
    private readonly dataSource: DataSource,
    private readonly batches: JobBatches,
    private readonly hold: QueueHold,
  ) {}

  /**
   * Pauses every enabled job and holds the queue: what runs finishes, nothing new starts.
   * @returns how many jobs were paused
   * @throws DomainError all_projects_needed
   */
  async pauseAll(caller: Caller): Promise<number> {
    requireAllProjects(caller);
    return jobTransaction(this.dataSource, async (manager) => {
      await this.hold.hold(manager, caller.subject);
      return this.batches.pauseAll(manager, caller.subject);
    });
  }

  /**
   * Resumes every paused job, each by the rules of a single resume, then releases the queue. When it is broken
   * off, what has been resumed stays so, and the same call goes on from there.
   * @returns how many jobs were resumed
   * @throws DomainError all_projects_needed
   */
  async resumeAll(caller: Caller): Promise<number> {
    requireAllProjects(caller);
    const count = await this.batches.resumeAll(caller);
    await this.dataSource.transaction((manager) => this.hold.release(manager));
    return count;
  }
}
