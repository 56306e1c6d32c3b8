import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NIL } from 'uuid';
import { UNCLAIMED_OF } from '../../platform/database/sql/cancel.sql.js';
import { ANY_ACTIVE } from '../../platform/database/sql/history.sql.js';
import { ERASE_NEXT } from '../../platform/database/sql/purge.sql.js';
import { runnerOfManager } from '../../platform/database/manager-runner.js';
import { Canceller } from './canceller.js';
import { ExecutionHistory, type ExecutionFilter } from './execution-history.js';
import type { AttemptView, ExecutionView } from './execution.view.js';

/** Executions deleted in one statement. */
const ERASED_AT_ONCE = 5_000;

/** What people do with executions: look at, cancel. */
@Injectable()
export class ExecutionsService {
  constructor(
    private readonly history: ExecutionHistory,
    private readonly canceller: Canceller,
  ) {}

  /** A page of a job's executions, the newest first. */
  list(filter: ExecutionFilter): Promise<{ items: ExecutionView[]; total: number }> {
    return this.history.list(filter);
  }

  /** @throws DomainError execution_not_found */
  get(id: string): Promise<ExecutionView> {
    return this.history.get(id);
  }

  /** Null: there is no such execution. */
  find(id: string): Promise<ExecutionView | null> {
    return this.history.find(id);
  }

  /** @throws DomainError execution_not_found */
  attempts(id: string): Promise<AttemptView[]> {
    return this.history.attemptsOf(id);
  }

  /** @throws DomainError execution_not_found, execution_finished */
  cancel(id: string, { by }: { by: string }): Promise<ExecutionView> {
    return this.canceller.cancel(id, `Cancelled by ${by}.`);
  }

  /** Ends all executions of a job that no worker has claimed, in the caller's transaction. @returns how many */
  cancelQueuedOf(jobId: string, reason: string, manager: EntityManager): Promise<number> {
    return this.cancelQueuedOfMany([jobId], reason, manager);
  }

  /** The same for many jobs at once. */
  async cancelQueuedOfMany(
    jobIds: readonly string[],
    reason: string,
    manager: EntityManager,
  ): Promise<number> {
    const runner = runnerOfManager(manager);
    const rows = await runner.rows<{ executionId: string }>(UNCLAIMED_OF, [jobIds]);
    const ids = rows.map((row) => row.executionId);
    return ids.length === 0 ? 0 : (await this.canceller.cancelUnclaimed(runner, ids, reason)).length;
  }

  /** Whether any execution of a job has not ended, in the caller's transaction. */
  async anyActiveOf(jobId: string, manager: EntityManager): Promise<boolean> {
    const [row] = await runnerOfManager(manager).rows<{ active: boolean }>(ANY_ACTIVE, [jobId]);
    return row?.active ?? false;
  }

  /** Deletes the whole history of a job, in the caller's transaction. What runs then records nothing more. */
  async deleteAllOf(jobId: string, manager: EntityManager): Promise<void> {
    await manager.query('DELETE FROM ready WHERE job_id = $1', [jobId]);
    await manager.query('DELETE FROM held WHERE job_id = $1', [jobId]);
    await manager.query('DELETE FROM flow_counters WHERE job_id = $1', [jobId]);
    await manager.query('DELETE FROM flow_starts WHERE job_id = $1', [jobId]);
    await manager.query('DELETE FROM waiting_executions WHERE job_id = $1', [jobId]);
    const runner = runnerOfManager(manager);
    for (let next: { last: string } | undefined = { last: NIL }; next;)
      [next] = await runner.rows<{ last: string }>(ERASE_NEXT, [jobId, next.last, ERASED_AT_ONCE]);
    // Recorded meanwhile under an id that was made before.
    await manager.query('DELETE FROM executions WHERE job_id = $1', [jobId]);
  }
}
