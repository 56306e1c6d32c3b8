import { Injectable } from '@nestjs/common';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { DROP_EMPTY_ROLLUPS, FOLD_DELTAS, TRY_FOLD_LOCK } from '../../platform/database/sql/rollups.sql.js';

/** Keeps the roll-ups small: counters that writers appended are folded into one row an hour and job. */
@Injectable()
export class Rollups {
  constructor(private readonly database: HotDatabase) {}

  /** Folds what has been appended. @returns how many deltas; 0 also when another process is at it */
  async fold(): Promise<number> {
    return this.database.transaction(async (runner) => {
      const [lock] = await runner.rows<{ held: boolean }>(TRY_FOLD_LOCK, []);
      if (!lock?.held) return 0;
      const [result] = await runner.rows<{ folded: number; emptied: string[] }>(FOLD_DELTAS, []);
      if (result && result.emptied.length > 0) await runner.rows(DROP_EMPTY_ROLLUPS, [result.emptied]);
      return result?.folded ?? 0;
    });
  }
}
