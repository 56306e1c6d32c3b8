import { Injectable } from '@nestjs/common';
import type { ExecutionState } from '../../domain/execution/state.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { LEDGER_PAGE, LEDGER_TOTAL } from '../../platform/database/sql/ledger.sql.js';

/** What became of one due instant, or of a stretch of them. */
export interface LedgerEntry {
  from: Date;
  /** The last instant of the stretch; equal to `from` for a single one. */
  through: Date;
  /** Due instants in the stretch; null: not counted. */
  instants: number | null;
  result: 'executed' | 'skipped' | 'missed' | 'excluded';
  /** Why there is no execution; null where there is one. */
  reason: string | null;
  executionId: string | null;
  state: ExecutionState | null;
}

/** Which part of a job's ledger to read; bounds include their instant, null leaves a side open. */
export interface LedgerFilter {
  jobId: string;
  from: Date | null;
  to: Date | null;
  offset: number;
  limit: number;
}

/** Reads what became of every due instant of a job: an execution, or the reason why there is none. */
@Injectable()
export class OccurrenceLedger {
  constructor(private readonly database: HotDatabase) {}

  /** A page, the newest instants first, and how many entries there are in all. */
  async page({
    jobId,
    from,
    to,
    offset,
    limit,
  }: LedgerFilter): Promise<{ items: LedgerEntry[]; total: number }> {
    const items = await this.database.rows<LedgerEntry>(LEDGER_PAGE, [jobId, from, to, offset, limit]);
    const [row] = await this.database.rows<{ total: number }>(LEDGER_TOTAL, [jobId, from, to]);
    return { items, total: row?.total ?? 0 };
  }
}
