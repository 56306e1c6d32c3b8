import { Injectable } from '@nestjs/common';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  READ_RETENTION,
  RETENTION_NEXT,
  RETENTION_RAN,
  TAKE_RETENTION,
} from '../../platform/database/sql/retention.sql.js';

/** Rows that one run of retention removed. */
export interface RemovedHistory {
  executions: number;
  occurrences: number;
  auditEntries: number;
}

/** What retention did last and does next; null: it has not run, or never will. */
export interface RetentionState {
  /** The instant that the latest run was planned for. */
  lastDueAt: Date | null;
  /** When the latest run ended. */
  lastRunAt: Date | null;
  nextRunAt: Date | null;
  /** What the latest run removed. */
  removed: RemovedHistory | null;
}

/** The runs of retention, on record for all nodes. */
@Injectable()
export class RetentionLog {
  constructor(private readonly database: HotDatabase) {}

  async read(): Promise<RetentionState> {
    const [row] = await this.database.rows<RetentionState>(READ_RETENTION, []);
    return row ?? { lastDueAt: null, lastRunAt: null, nextRunAt: null, removed: null };
  }

  /** Takes the run that was planned for an instant. @returns false when another node has it */
  async take(dueAt: Date): Promise<boolean> {
    return (await this.database.rows(TAKE_RETENTION, [dueAt])).length > 0;
  }

  async ran(at: Date, removed: RemovedHistory): Promise<void> {
    await this.database.rows(RETENTION_RAN, [at, JSON.stringify(removed)]);
  }

  async planned(nextRunAt: Date | null): Promise<void> {
    await this.database.rows(RETENTION_NEXT, [nextRunAt]);
  }
}
