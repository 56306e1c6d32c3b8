import { Injectable } from '@nestjs/common';
import type { ExecutionState } from '../../domain/execution/state.js';
import { type EndedStep, type StepEnd, stepEndOf } from '../../domain/workflow/progress.js';
import {
  CONTROLLED_JOBS,
  END_STEPS,
  LOCK_RUNS,
  STEP_PLACES,
} from '../../platform/database/sql/workflow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { Consequences, type Follower } from '../executions/consequences.js';
import type { EndedExecution } from '../executions/ended-execution.js';
import { lockSlots } from '../executions/flow-locks.js';
import { type LockedRun, RunProgress } from './run-progress.js';
import { WorkflowGraphs } from './workflow-graphs.js';

/** The end of an execution that carries out a step. */
export interface StepEnding {
  stepId: string;
  executionId: string;
  state: StepEnd;
  /** Why, where there is no execution to say so. */
  reason: string | null;
}

/** Where a step stands in the graph of its run, which never changes. */
interface StepPlace {
  workflowId: string;
  version: number;
  position: number;
}

/** Carries workflow runs on in the transaction that records the end of a step's execution. */
@Injectable()
export class StepFollower implements Follower {
  constructor(
    private readonly progress: RunProgress,
    private readonly graphs: WorkflowGraphs,
    consequences: Consequences,
  ) {
    consequences.register(this);
  }

  /** The jobs of the next steps; whether they start is decided later, under the lock of the run. */
  async mayStart(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<readonly string[]> {
    const endings = endingsOf(ended);
    if (endings.length === 0) return [];
    const next = new Set<string>();
    for (const place of await runner.rows<StepPlace>(STEP_PLACES, [endings.map(({ stepId }) => stepId)])) {
      const graph = await this.graphs.get(runner, place.workflowId, place.version);
      for (const { to } of graph.outgoing(place.position)) next.add(graph.step(to).jobId);
    }
    if (next.size === 0) return [];
    const rows = await runner.rows<{ jobId: string }>(CONTROLLED_JOBS, [[...next]]);
    return rows.map(({ jobId }) => jobId);
  }

  /** Locks the slots that are given back together with those that may be taken. */
  async prepare(
    runner: StatementRunner,
    ended: readonly EndedExecution[],
    starting: readonly string[],
  ): Promise<void> {
    if (starting.length === 0) return;
    const givenBack = ended.filter(({ flow }) => flow).map(({ jobId }) => jobId);
    await lockSlots(runner, [...new Set([...givenBack, ...starting])]);
  }

  follow(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    return this.end(runner, endingsOf(ended));
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

function endingsOf(ended: readonly EndedExecution[]): StepEnding[] {
  return ended.flatMap(({ workflowStepId, executionId, state }) => {
    const end = workflowStepId === null ? null : stepEndOf(state as ExecutionState);
    return workflowStepId === null || end === null
      ? []
      : [{ stepId: workflowStepId, executionId, state: end, reason: null }];
  });
}
