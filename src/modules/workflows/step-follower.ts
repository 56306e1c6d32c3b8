import { Injectable } from '@nestjs/common';
import type { ExecutionState } from '../../domain/execution/state.js';
import { type EndedStep, type StepEnd, stepEndOf } from '../../domain/workflow/progress.js';
import { END_STEPS, LOCK_RUNS } from '../../platform/database/sql/workflow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { Consequences, type Follower } from '../executions/consequences.js';
import type { EndedExecution } from '../executions/ended-execution.js';
import { type LockedRun, RunProgress } from './run-progress.js';

/** The end of an execution that carries out a step. */
export interface StepEnding {
  stepId: string;
  executionId: string;
  state: StepEnd;
  /** Why, where there is no execution to say so. */
  reason: string | null;
}

/** Carries workflow runs on in the transaction that records the end of a step's execution. */
@Injectable()
export class StepFollower implements Follower {
  constructor(
    private readonly progress: RunProgress,
    consequences: Consequences,
  ) {
    consequences.register(this);
  }

  async follow(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    await this.end(
      runner,
      ended.flatMap(({ workflowStepId, executionId, state }) => {
        const end = workflowStepId === null ? null : stepEndOf(state as ExecutionState);
        return workflowStepId === null || end === null
          ? []
          : [{ stepId: workflowStepId, executionId, state: end, reason: null }];
      }),
    );
  }

  /** Ends steps and carries their runs on. A step that has ended already is left alone. */
  async end(runner: StatementRunner, endings: readonly StepEnding[]): Promise<void> {
    if (endings.length === 0) return;
    const stepIds = endings.map(({ stepId }) => stepId);
    const runs = await runner.rows<LockedRun>(LOCK_RUNS, [stepIds]);
    const steps = await runner.rows<EndedStep & { runId: string }>(END_STEPS, [
      stepIds,
      endings.map(({ executionId }) => executionId),
      endings.map(({ state }) => state),
      endings.map(({ reason }) => reason),
    ]);
    for (const run of runs) {
      await this.progress.proceed(
        runner,
        run,
        steps.filter(({ runId }) => runId === run.id),
      );
    }
  }
}
