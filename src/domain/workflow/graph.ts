/** When an edge fires: as its source succeeds, as it fails, or as it ends either way. */
export const EDGE_KINDS = ['on_success', 'on_failure', 'on_complete'] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

/**
 * What a step with sources needs, once all of them have ended or been skipped:
 * `every`: all its edges have fired. `any`: at least one has.
 * `unblocked`: at least one has, and no `on_success` edge comes from a source that failed.
 */
export const JOINS = ['every', 'any', 'unblocked'] as const;
export type Join = (typeof JOINS)[number];

/** A job in a workflow. A job is in a workflow at most once. */
export interface WorkflowStep {
  jobId: string;
  join: Join;
  /** Its failure does not fail the run, and dependents that need its success go on. */
  toleratesFailure: boolean;
}

/** An edge between jobs, as it is asked for. */
export interface NamedEdge {
  from: string;
  to: string;
  on: EdgeKind;
}

/** An edge between positions in the list of steps. */
export interface WorkflowEdge {
  from: number;
  to: number;
  on: EdgeKind;
}

/** What a workflow consists of, as it is stored: free of cycles, no edge twice. */
export interface WorkflowDefinition {
  steps: readonly WorkflowStep[];
  edges: readonly WorkflowEdge[];
}

/** A definition with the edges of each step at hand; made once for each version of a workflow. */
export class WorkflowGraph {
  private readonly out: WorkflowEdge[][];
  private readonly into: WorkflowEdge[][];

  constructor(readonly definition: WorkflowDefinition) {
    this.out = definition.steps.map(() => []);
    this.into = definition.steps.map(() => []);
    for (const edge of definition.edges) {
      this.out[edge.from]?.push(edge);
      this.into[edge.to]?.push(edge);
    }
  }

  get size(): number {
    return this.definition.steps.length;
  }

  /** @throws RangeError for a position that no step has */
  step(position: number): WorkflowStep {
    const step = this.definition.steps[position];
    if (!step) throw new RangeError(`The workflow has no step ${position}`);
    return step;
  }

  /** The edges that leave a step. */
  outgoing(position: number): readonly WorkflowEdge[] {
    return this.out[position] ?? [];
  }

  /** The edges that lead to a step. */
  incoming(position: number): readonly WorkflowEdge[] {
    return this.into[position] ?? [];
  }

  /** The steps that start with the run. */
  roots(): number[] {
    return this.into.flatMap((edges, position) => (edges.length === 0 ? [position] : []));
  }
}
