import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../../domain/errors.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { runnerOfManager } from '../../platform/database/manager-runner.js';
import { HOLD, READ_HOLD, RELEASE_HOLD } from '../../platform/database/sql/hold.sql.js';

/** Holds the whole queue: what runs finishes, nothing new starts, and nobody may ask for a run. */
@Injectable()
export class QueueHold {
  constructor(private readonly database: HotDatabase) {}

  async isHeld(): Promise<boolean> {
    const [row] = await this.database.rows<{ held: boolean }>(READ_HOLD, []);
    return row?.held ?? false;
  }

  /** @throws DomainError scheduler_paused */
  async requireReleased(): Promise<void> {
    if (await this.isHeld()) throw schedulerPaused();
  }

  /** Holds the queue from the commit of the caller's transaction on. */
  async hold(manager: EntityManager, by: string): Promise<void> {
    await runnerOfManager(manager).rows(HOLD, [by]);
  }

  /** Releases the queue with the commit of the caller's transaction. */
  async release(manager: EntityManager): Promise<void> {
    await runnerOfManager(manager).rows(RELEASE_HOLD, []);
  }
}

export function schedulerPaused(): DomainError {
  return new DomainError(
    'invalid',
    'scheduler_paused',
    'The whole scheduler is paused: nothing can be started until an admin resumes it.',
  );
}
