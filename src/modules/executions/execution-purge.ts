import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { PURGE_EXECUTIONS, PURGE_OCCURRENCES } from '../../platform/database/sql/purge.sql.js';

const BATCH = 2_000;
const DAY_MS = 86_400_000;

/** Removes the record of executions that ended long ago. */
@Injectable()
export class ExecutionPurge {
  constructor(
    private readonly database: HotDatabase,
    private readonly clock: DatabaseClock,
  ) {}

  /** Removes one batch of executions that ended more than `days` ago. @returns how many; 0 when done */
  async removeBatch(days: number): Promise<number> {
    const created = uuidFloor(new Date(this.clock.nowMs() - days * DAY_MS));
    const [row] = await this.database.rows<{ removed: number }>(PURGE_EXECUTIONS, [days, created, BATCH]);
    return row?.removed ?? 0;
  }

  /** Removes notes of instants that became no execution. @returns how many */
  async removeOccurrences(days: number): Promise<number> {
    const [row] = await this.database.rows<{ removed: number }>(PURGE_OCCURRENCES, [days]);
    return row?.removed ?? 0;
  }
}

/** The smallest UUIDv7 of an instant. */
export function uuidFloor(instant: Date): string {
  const hex = Math.max(instant.getTime(), 0).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}
