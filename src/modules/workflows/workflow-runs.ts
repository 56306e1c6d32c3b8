import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DomainError } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import { isIdentifier } from '../../domain/identifier.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import type { WorkflowDefinition } from '../../domain/workflow/graph.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { QueueHold } from '../executions/queue-hold.js';
import { WorkflowRunEntity } from './entities/workflow-run.entity.js';
import { WorkflowVersionEntity } from './entities/workflow-version.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { RunCanceller } from './run-canceller.js';
import { RunStarter } from './run-starter.js';
import { workflowRunNotFound } from './workflow-errors.js';
import { WorkflowViews } from './workflow-views.js';
import type { WorkflowRunView, WorkflowStepView } from './workflow.view.js';

type Reader = Pick<Caller, 'projects'>;

/** A run with all its steps, in the order of the definition that it follows. */
export interface WorkflowRunDetails {
  run: WorkflowRunView;
  definition: WorkflowDefinition;
  steps: WorkflowStepView[];
}

const STEPS = `
SELECT s.job_id AS "jobId", j.name AS "jobName", s.state, s.reason, s.execution_id AS "executionId",
       e.state AS "executionState", e.started_at AS "startedAt", s.finished_at AS "finishedAt", e.error
FROM workflow_steps s
LEFT JOIN executions e ON e.id = s.execution_id
LEFT JOIN jobs j ON j.id = s.job_id
WHERE s.run_id = $1
ORDER BY s.position`;

/** What people do with runs: start, look at, cancel. */
@Injectable()
export class WorkflowRuns {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: HotDatabase,
    private readonly hold: QueueHold,
    private readonly views: WorkflowViews,
    private readonly starter: RunStarter,
    private readonly canceller: RunCanceller,
  ) {}

  /**
   * Starts a run at once, whatever the workflow's schedule.
   * @returns the run's id, once it is safely recorded with its first executions
   * @throws DomainError workflow_not_found; scheduler_paused while the whole queue is held
   */
  async trigger(workflowId: string, payload: Record<string, Json> | null, caller: Caller): Promise<string> {
    const { id, version } = await this.views.get(workflowId, caller);
    await this.hold.requireReleased();
    const run = { workflowId: id, version, payload, scheduledFor: null, by: caller.subject };
    const runId = await this.database.transaction((runner) => this.starter.start(runner, run));
    if (runId === null) throw new DomainError('conflict', 'workflow_run_exists', 'The run exists already.');
    return runId;
  }

  /**
   * One page of a workflow's runs, the newest first, and the number of all.
   * @throws DomainError workflow_not_found
   */
  async list(
    workflowId: string,
    page: { offset: number; limit: number },
    reader: Reader,
  ): Promise<{ items: WorkflowRunView[]; total: number }> {
    const workflow = await this.views.get(workflowId, reader);
    const [rows, total] = await this.dataSource.manager.findAndCount(WorkflowRunEntity, {
      where: { workflowId: workflow.id },
      order: { id: 'DESC' },
      skip: page.offset,
      take: page.limit,
    });
    return { items: rows.map((row) => runViewOf(row, workflow.name)), total };
  }

  /**
   * A run with its steps; also of a workflow that has been deleted.
   * @throws DomainError workflow_run_not_found
   */
  async get(runId: string, reader: Reader): Promise<WorkflowRunDetails> {
    const { manager } = this.dataSource;
    const run = await this.find(runId, reader);
    const { definition } = await manager.findOneByOrFail(WorkflowVersionEntity, {
      workflowId: run.workflowId,
      version: run.version,
    });
    return { run, definition, steps: await manager.query<WorkflowStepView[]>(STEPS, [run.id]) };
  }

  /**
   * Cancels a run: see `RunCanceller.cancel`.
   * @throws DomainError workflow_run_not_found, workflow_run_finished
   */
  async cancel(runId: string, caller: Caller): Promise<WorkflowRunDetails> {
    const { id } = await this.find(runId, caller);
    await this.canceller.cancel(id, `The workflow run was cancelled by ${caller.subject}.`);
    return this.get(id, caller);
  }

  private async find(runId: string, reader: Reader): Promise<WorkflowRunView> {
    const { manager } = this.dataSource;
    const row = isIdentifier(runId) ? await manager.findOneBy(WorkflowRunEntity, { id: runId }) : null;
    if (!row) throw workflowRunNotFound(runId);
    const workflow = await manager.findOneByOrFail(WorkflowEntity, { id: row.workflowId });
    if (!mayAccess(reader, workflow.projectId)) throw workflowRunNotFound(runId);
    return runViewOf(row, workflow.name);
  }
}

function runViewOf(row: WorkflowRunEntity, workflowName: string): WorkflowRunView {
  return {
    id: row.id,
    workflowId: row.workflowId,
    workflowName,
    version: row.version,
    state: row.state,
    trigger: row.trigger,
    scheduledFor: row.scheduledFor,
    cancelRequested: row.cancelRequestedAt !== null,
    cancelReason: row.cancelReason,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    finishedAt: row.finishedAt,
  };
}
