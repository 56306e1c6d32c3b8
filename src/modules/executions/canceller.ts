import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.js';
import { isFinal } from '../../domain/execution/state.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { CANCEL_UNCLAIMED, REQUEST_CANCEL } from '../../platform/database/sql/cancel.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { Consequences } from './consequences.js';
import type { EndedExecution } from './ended-execution.js';
import { ExecutionHistory } from './execution-history.js';
import type { ExecutionView } from './execution.view.js';

/** How long a caller waits for the worker to stop what it runs. */
const PATIENCE_MS = 2_000;
const POLL_MS = 20;

/** Cancels executions wherever they are: waiting, queued, or running on any node. */
@Injectable()
export class Canceller {
  constructor(
    private readonly database: HotDatabase,
    private readonly history: ExecutionHistory,
    private readonly consequences: Consequences,
  ) {}

  /**
   * Cancels one execution and waits a moment for a running one to stop. If it has not stopped by then, it is
   * still asked to, and the view says `running`.
   * @throws DomainError execution_not_found, execution_finished
   */
  async cancel(id: string, reason: string): Promise<ExecutionView> {
    if (await this.endUnclaimed(id, reason)) return this.history.get(id);
    const asked = await this.request(this.database, [id], reason);
    if (asked.length === 0) throw alreadyFinished(await this.history.get(id));
    return this.untilStopped(id, reason);
  }

  /** Ends executions that no worker has claimed, with all consequences. @returns the ids that ended here */
  async cancelUnclaimed(runner: StatementRunner, ids: readonly string[], reason: string): Promise<string[]> {
    const ended = await runner.rows<EndedExecution>(CANCEL_UNCLAIMED, [ids, reason]);
    await this.consequences.apply(runner, ended);
    return ended.map((execution) => execution.executionId);
  }

  /** Asks the workers to stop executions. @returns the ids that had not ended */
  async request(runner: StatementRunner, ids: readonly string[], reason: string): Promise<string[]> {
    const rows = await runner.rows<{ executionId: string }>(REQUEST_CANCEL, [ids, reason]);
    return rows.map((row) => row.executionId);
  }

  private async endUnclaimed(id: string, reason: string): Promise<boolean> {
    const ended = await this.database.transaction((runner) => this.cancelUnclaimed(runner, [id], reason));
    return ended.length > 0;
  }

  /** It may also have been on its way back to the queue, or from waiting for a slot to the queue. */
  private async untilStopped(id: string, reason: string): Promise<ExecutionView> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const view = await this.history.get(id);
      if (isFinal(view.state)) {
        if (view.state !== 'cancelled') throw alreadyFinished(view);
        return view;
      }
      if (performance.now() >= until) return view;
      await pause(POLL_MS);
      if (view.state !== 'running') await this.endUnclaimed(id, reason);
    }
  }
}

function alreadyFinished(view: ExecutionView): DomainError {
  return new DomainError(
    'conflict',
    'execution_finished',
    `Execution ${view.id} has already ended as ${view.state}; it can no longer be cancelled.`,
  );
}
