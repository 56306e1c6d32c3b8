import { Injectable } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import type { RunState } from '../../domain/workflow/progress.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  COUNT_ENDS,
  LOCK_RUN,
  SKIP_PENDING,
  STARTED_EXECUTIONS,
} from '../../platform/database/sql/workflow.sql.js';
import { Canceller } from '../executions/canceller.js';

/** Cancels runs: nothing more starts, what waits for a worker ends, what runs is asked to stop. */
@Injectable()
export class RunCanceller {
  constructor(
    private readonly database: HotDatabase,
    private readonly executions: Canceller,
  ) {}

  /**
   * Cancels a run. It ends as cancelled once its last running step has stopped; asking again is harmless until then.
   * @throws DomainError workflow_run_finished
   */
  async cancel(runId: string, reason: string): Promise<void> {
    await this.skipPending(runId, reason);
    // Not under the lock of the run: elsewhere slots are locked before runs.
    const ids = await this.startedExecutions(runId);
    if (ids.length === 0) return;
    await this.database.transaction((runner) => this.executions.cancelUnclaimed(runner, ids, reason));
    const left = await this.startedExecutions(runId);
    if (left.length > 0) await this.executions.request(this.database, left, reason);
  }

  private async skipPending(runId: string, reason: string): Promise<void> {
    await this.database.transaction(async (runner) => {
      const [run] = await runner.rows<{ state: RunState }>(LOCK_RUN, [runId]);
      if (run?.state !== 'running') throw alreadyFinished(runId, run?.state);
      const [row] = await runner.rows<{ skipped: number }>(SKIP_PENDING, [runId, reason]);
      if (row && row.skipped > 0) await runner.rows(COUNT_ENDS, [runId, row.skipped, 0]);
    });
  }

  private async startedExecutions(runId: string): Promise<string[]> {
    const rows = await this.database.rows<{ executionId: string }>(STARTED_EXECUTIONS, [runId]);
    return rows.map((row) => row.executionId);
  }
}

function alreadyFinished(runId: string, state: RunState | undefined): DomainError {
  return new DomainError(
    'conflict',
    'workflow_run_finished',
    `The run ${runId} has already ended${state ? ` as ${state}` : ''}; it can no longer be cancelled.`,
  );
}
