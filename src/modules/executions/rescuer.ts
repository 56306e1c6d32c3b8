import { Injectable } from '@nestjs/common';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { RESCUE } from '../../platform/database/sql/rescue.sql.js';
import { Consequences } from './consequences.js';
import type { EndedExecution } from './ended-execution.js';

/** Claims taken back in one transaction at most. */
const BATCH = 100;
/** An execution whose worker dies may always be tried so often: a crash of the worker is no fault of the job. */
export const CRASH_ATTEMPTS = 3;

export interface RescueCount {
  requeued: number;
  failed: number;
  cancelled: number;
}

/** Takes executions back from workers whose lease ran out. */
@Injectable()
export class Rescuer {
  constructor(
    private readonly database: HotDatabase,
    private readonly consequences: Consequences,
  ) {}

  /** Rescues one batch; call again while it finds any. */
  async rescueBatch(): Promise<RescueCount> {
    const rescued = await this.database.transaction(async (runner) => {
      const rows = await runner.rows<EndedExecution>(RESCUE, [BATCH, CRASH_ATTEMPTS]);
      await this.consequences.apply(runner, rows);
      return rows;
    });
    const count = (state: string) => rescued.filter((row) => row.state === state).length;
    return { requeued: count('queued'), failed: count('failed'), cancelled: count('cancelled') };
  }
}
