import { Injectable } from '@nestjs/common';
import type { Json } from '../../domain/execution/outcome.js';
import type { WorkflowGraph } from '../../domain/workflow/graph.js';
import {
  type SourceOutput,
  STEP_OUTPUTS_MAX_BYTES,
  stepPayload,
} from '../../domain/workflow/step-payload.js';
import { STEP_INPUTS } from '../../platform/database/sql/workflow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { Enqueuer } from '../executions/enqueuer.js';

/** A step that is to start. */
export interface StartingStep {
  id: string;
  position: number;
}

interface InputRow {
  position: number | null;
  content: Json;
  bytes: number;
}

/** Executions recorded by one statement at most: each may carry its own copy of the outputs. */
const CHUNK = 100;

/** Records the executions of steps, with what the steps before them answered. */
@Injectable()
export class StepStarter {
  constructor(private readonly enqueuer: Enqueuer) {}

  /** @returns the executions by position; null where the job does not exist any more */
  async start(
    runner: StatementRunner,
    runId: string,
    graph: WorkflowGraph,
    steps: readonly StartingStep[],
  ): Promise<Map<number, string | null>> {
    const executions = new Map<number, string | null>();
    if (steps.length === 0) return executions;
    const { payload, outputs } = await inputs(runner, runId, graph, steps);
    for (let first = 0; first < steps.length; first += CHUNK) {
      const chunk = steps.slice(first, first + CHUNK);
      const ids = await this.enqueuer.enqueueWithin(
        runner,
        chunk.map(({ id, position }) => ({
          jobId: graph.step(position).jobId,
          trigger: 'workflow' as const,
          workflowStepId: id,
          payload: stepPayload(
            payload,
            sourcesOf(graph, position).flatMap((source) => outputs.get(source) ?? []),
          ),
          by: `workflow-run:${runId}`,
        })),
      );
      chunk.forEach(({ position }, index) => executions.set(position, ids[index] ?? null));
    }
    return executions;
  }
}

async function inputs(
  runner: StatementRunner,
  runId: string,
  graph: WorkflowGraph,
  steps: readonly StartingStep[],
): Promise<{ payload: Record<string, Json> | null; outputs: Map<number, SourceOutput> }> {
  const sources = [...new Set(steps.flatMap(({ position }) => sourcesOf(graph, position)))];
  const rows = await runner.rows<InputRow>(STEP_INPUTS, [runId, sources, STEP_OUTPUTS_MAX_BYTES]);
  let payload: Record<string, Json> | null = null;
  const outputs = new Map<number, SourceOutput>();
  for (const { position, content, bytes } of rows) {
    if (position === null) payload = content as Record<string, Json> | null;
    else outputs.set(position, { jobId: graph.step(position).jobId, output: content, bytes });
  }
  return { payload, outputs };
}

/** The steps that lead straight to a step, each once. */
function sourcesOf(graph: WorkflowGraph, position: number): number[] {
  return [...new Set(graph.incoming(position).map(({ from }) => from))];
}
