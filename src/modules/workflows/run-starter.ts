import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Json } from '../../domain/execution/outcome.js';
import { storableJson } from '../../domain/execution/storable-json.js';
import { initialProgress } from '../../domain/workflow/run.js';
import { INSERT_RUN } from '../../platform/database/sql/workflow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { RunProgress } from './run-progress.js';
import { WorkflowGraphs } from './workflow-graphs.js';

/** A run to be made. */
export interface NewRun {
  workflowId: string;
  version: number;
  payload: Record<string, Json> | null;
  /** The nominal instant; null: somebody asked for it. */
  scheduledFor: Date | null;
  by: string;
}

/** Records runs and starts their first steps. */
@Injectable()
export class RunStarter {
  constructor(
    private readonly graphs: WorkflowGraphs,
    private readonly progress: RunProgress,
  ) {}

  /** @returns the run's id; null where its instant has a run already */
  async start(runner: StatementRunner, run: NewRun): Promise<string | null> {
    const { workflowId, version } = run;
    const graph = await this.graphs.get(runner, workflowId, version);
    const { steps } = graph.definition;
    const id = uuidv7();
    const recorded = await runner.rows(INSERT_RUN, [
      id,
      workflowId,
      version,
      run.scheduledFor === null ? 'manual' : 'schedule',
      run.scheduledFor,
      storableJson(run.payload),
      run.by,
      steps.map(() => uuidv7()),
      steps.map(({ jobId }) => jobId),
      initialProgress(graph).map(({ pending }) => pending),
    ]);
    if (recorded.length === 0) return null;
    await this.progress.begin(runner, { id, workflowId, version });
    return id;
  }
}
