import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import type { Caller } from '../../domain/job/caller.js';
import { ExecutionPurge } from '../executions/execution-purge.js';
import { requireAllProjects } from './all-projects.js';

/** Between batches, so that clearing never crowds out the work. */
const BREATH_MS = 5;

/** Removes the record of ended executions on demand. */
@Injectable()
export class LogClearing {
  constructor(private readonly purge: ExecutionPurge) {}

  /**
   * Removes executions that ended more than `days` ago, in batches; those that have not ended stay.
   * @returns how many
   * @throws DomainError all_projects_needed
   */
  async clear(days: number, caller: Caller): Promise<number> {
    requireAllProjects(caller);
    let count = 0;
    for (;;) {
      const removed = await this.purge.removeBatch(days);
      if (removed === 0) return count;
      count += removed;
      await pause(BREATH_MS);
    }
  }
}
