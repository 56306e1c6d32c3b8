import { Injectable } from '@nestjs/common';
import { planFiring } from '../../domain/schedule/firing-plan.js';
import { DEFAULT_MISFIRE } from '../../domain/schedule/schedule.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  DUE_WORKFLOWS,
  NEXT_WORKFLOW_DUE,
  SET_WORKFLOW_CLOCK,
  TAKE_DUE_WORKFLOW,
} from '../../platform/database/sql/workflow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { QueueHold } from '../executions/queue-hold.js';
import { RunStarter } from './run-starter.js';
import { type ScheduleColumns, scheduleOf } from '../jobs/schedule-columns.js';
import { planOf } from './workflow-plan.js';

interface DueWorkflow extends ScheduleColumns {
  id: string;
  version: number;
  nextRunAt: Date;
  now: Date;
}

/** Workflows looked at in one round. */
const BATCH = 100;

/**
 * Starts the runs of workflows that have a schedule. `workflows.next_run_at` is the truth; any number of nodes do
 * the same, and the row's lock lets one of them fire each instant.
 */
@Injectable()
export class WorkflowClock {
  constructor(
    private readonly database: HotDatabase,
    private readonly hold: QueueHold,
    private readonly starter: RunStarter,
  ) {}

  /**
   * Fires what is due; nothing while the whole queue is held, which is made up for afterwards. What one workflow cannot do does not hold up the others.
   * @returns how many runs were started
   * @throws AggregateError with what went wrong, after all have had their turn
   */
  async runOnce(): Promise<number> {
    if (await this.hold.isHeld()) return 0;
    const due = await this.database.rows<{ id: string }>(DUE_WORKFLOWS, [BATCH]);
    const errors: unknown[] = [];
    let started = 0;
    for (const { id } of due) {
      try {
        started += await this.database.transaction((runner) => this.fire(runner, id));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0)
      throw new AggregateError(errors, `Could not fire ${errors.length} workflows: ${String(errors[0])}`);
    return started;
  }

  /** Milliseconds until the next workflow is due, by the database's clock; null: none ever is. */
  async untilNextMs(): Promise<number | null> {
    const [row] = await this.database.rows<{ seconds: number | null }>(NEXT_WORKFLOW_DUE, []);
    const seconds = row?.seconds ?? null;
    return seconds === null ? null : seconds * 1000;
  }

  private async fire(runner: StatementRunner, id: string): Promise<number> {
    const [workflow] = await runner.rows<DueWorkflow>(TAKE_DUE_WORKFLOW, [id]);
    if (!workflow) return 0;
    const { version, nextRunAt: dueAt, now } = workflow;
    const { fire, next } = planFiring({
      plan: planOf(scheduleOf(workflow)),
      dueAt,
      now,
      misfire: DEFAULT_MISFIRE,
    });
    for (const scheduledFor of fire) {
      await this.starter.start(runner, {
        workflowId: id,
        version,
        payload: null,
        scheduledFor,
        by: 'scheduler',
      });
    }
    await runner.rows(SET_WORKFLOW_CLOCK, [id, next]);
    return fire.length;
  }
}
