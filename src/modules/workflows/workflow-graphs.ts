import { Injectable } from '@nestjs/common';
import { type WorkflowDefinition, WorkflowGraph } from '../../domain/workflow/graph.js';
import { WORKFLOW_DEFINITION } from '../../platform/database/sql/workflow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';

/** Graphs kept in memory at most. */
const KEPT = 200;

/** The graphs of workflows by version, read once a process: a version never changes. */
@Injectable()
export class WorkflowGraphs {
  private readonly graphs = new Map<string, WorkflowGraph>();

  /** The graph of a version that exists. */
  async get(runner: StatementRunner, workflowId: string, version: number): Promise<WorkflowGraph> {
    const key = `${workflowId} ${version}`;
    const graph = this.graphs.get(key) ?? (await read(runner, workflowId, version));
    // The one used last stands last; the one that was not used for longest makes room.
    this.graphs.delete(key);
    this.graphs.set(key, graph);
    const [oldest] = this.graphs.keys();
    if (this.graphs.size > KEPT && oldest !== undefined) this.graphs.delete(oldest);
    return graph;
  }
}

async function read(runner: StatementRunner, workflowId: string, version: number): Promise<WorkflowGraph> {
  const [row] = await runner.rows<{ definition: WorkflowDefinition }>(WORKFLOW_DEFINITION, [
    workflowId,
    version,
  ]);
  if (!row) throw new Error(`The workflow ${workflowId} has no version ${version}`);
  return new WorkflowGraph(row.definition);
}
