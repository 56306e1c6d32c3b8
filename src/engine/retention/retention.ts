import { Inject, Injectable, Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import type { RemovedHistory } from '../../modules/admin/retention-log.js';
import { AuditLog } from '../../modules/audit/audit-log.js';
import { ExecutionPurge } from '../../modules/executions/execution-purge.js';

/** Between batches, so that purging never crowds out the work. */
const BREATH_MS = 20;

/** Removes history that is older than `EXECUTION_RETENTION_DAYS` and `AUDIT_RETENTION_DAYS`. */
@Injectable()
export class Retention {
  private readonly log = new Logger(Retention.name);

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly purge: ExecutionPurge,
    private readonly audit: AuditLog,
  ) {}

  /** Purges everything that is due, until it is told to stop. @returns how many rows went */
  async runOnce(signal?: AbortSignal): Promise<RemovedHistory> {
    const { executionRetentionDays: days, auditRetentionDays } = this.settings;
    const removed = {
      executions: await inBatches(() => this.purge.removeBatch(days), signal),
      occurrences: await this.purge.removeOccurrences(days),
      auditEntries: await inBatches(() => this.audit.removeBatch(auditRetentionDays), signal),
    };
    if (Object.values(removed).some((count) => count > 0)) this.log.log(removed, 'Removed old history');
    return removed;
  }
}

async function inBatches(removeBatch: () => Promise<number>, signal?: AbortSignal): Promise<number> {
  let total = 0;
  while (!signal?.aborted) {
    const removed = await removeBatch();
    total += removed;
    if (removed === 0) break;
    await pause(BREATH_MS);
  }
  return total;
}
