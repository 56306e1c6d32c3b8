import { Injectable } from '@nestjs/common';
import type { ExecutionState } from '../../domain/execution/state.js';
import { stepEndOf } from '../../domain/workflow/progress.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { PURGE_WORKFLOW_RUNS, STRAY_STEPS } from '../../platform/database/sql/workflow.sql.js';
import { StepFollower } from './step-follower.js';

const STRAYS = 1_000;
const PURGED = 500;
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
