import { Injectable } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import type { ExecutionState } from '../../domain/execution/state.js';
import { stepEndOf } from '../../domain/workflow/progress.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  CANCELLING_RUNS,
  PURGE_WORKFLOW_RUNS,
  STRAY_STEPS,
} from '../../platform/database/sql/workflow.sql.js';
import { RunCanceller } from './run-canceller.js';
import { StepFollower } from './step-follower.js';

const STRAYS = 1_000;
const PURGED = 500;
const CANCELLING = 100;
const ERASED = 'Its job was erased while it ran.';

interface Stray {
  stepId: string;
  executionId: string;
  /** Null: the execution is gone. */
  state: ExecutionState | null;
}

/** Looks after runs that nobody carries on, and removes old ones. */
@Injectable()
export class RunMaintenance {
  constructor(
    private readonly database: HotDatabase,
    private readonly follower: StepFollower,
    private readonly canceller: RunCanceller,
  ) {}

  /** Ends steps whose execution has ended unnoticed, or was erased with its job. @returns how many were found */
  async mendOnce(): Promise<number> {
    const strays = await this.database.rows<Stray>(STRAY_STEPS, [STRAYS]);
    for (const { stepId, executionId, state } of strays) {
      const end = state === null ? 'failed' : stepEndOf(state);
      if (end === null) continue;
      const ending = { stepId, executionId, state: end, reason: state === null ? ERASED : null };
      await this.database.transaction((runner) => this.follower.end(runner, [ending]));
    }
    return strays.length;
  }

  /**
   * Asks again for the end of runs that are being cancelled: a step may have been on its way from one place to
   * another when it was asked, or the process that asked may have died. @returns how many were found
   */
  async cancelOnce(): Promise<number> {
    const runs = await this.database.rows<{ id: string; reason: string }>(CANCELLING_RUNS, [CANCELLING]);
    for (const { id, reason } of runs) {
      await this.canceller.cancel(id, reason).catch((error: unknown) => {
        // It has ended meanwhile.
        if (!(error instanceof DomainError)) throw error;
      });
    }
    return runs.length;
  }

  /** Removes runs that ended more than `days` ago. @returns how many */
  async purge(days: number): Promise<number> {
    let removed = 0;
    for (let last = PURGED; last === PURGED; removed += last) {
      const [row] = await this.database.rows<{ removed: number }>(PURGE_WORKFLOW_RUNS, [days, PURGED]);
      last = row?.removed ?? 0;
    }
    return removed;
  }
}
