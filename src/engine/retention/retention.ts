import { Inject, Injectable, Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { ExecutionPurge } from '../../modules/executions/execution-purge.js';

/** Between batches, so that purging never crowds out the work. */
const BREATH_MS = 20;

/** Removes history that is older than `EXECUTION_RETENTION_DAYS`. */
@Injectable()
export class Retention {
  private readonly log = new Logger(Retention.name);

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly purge: ExecutionPurge,
  ) {}

  /** Purges everything that is due. @returns how many rows went */
  async runOnce(): Promise<{ executions: number; occurrences: number }> {
    const days = this.settings.executionRetentionDays;
    let executions = 0;
    for (;;) {
      const removed = await this.purge.removeBatch(days);
      executions += removed;
      if (removed === 0) break;
      await pause(BREATH_MS);
    }
    const occurrences = await this.purge.removeOccurrences(days);
    if (executions + occurrences > 0) this.log.log({ executions, occurrences }, 'Removed old history');
    return { executions, occurrences };
  }
}
