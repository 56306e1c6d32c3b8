import type { FieldFault } from '../errors.js';
import { cycleIn } from './cycle.js';
import type { NamedEdge, WorkflowDefinition, WorkflowEdge, WorkflowStep } from './graph.js';

export const WORKFLOW_STEPS_MAX = 2_000;
/** Longer cycles are named in part. */
const NAMED_STEPS = 20;

/** How the parts of a workflow are called in the request that brings it. */
export interface WorkflowFieldNames {
  steps: string;
  step(index: number): string;
  edge(index: number): string;
}

/**
 * Makes a definition of steps and edges, and says what is wrong with them: none or too many steps, a job or an
 * edge twice, an edge of a job that is no step, a cycle. With any fault the definition is of no use.
 */
export function definitionFrom(
  steps: readonly WorkflowStep[],
  edges: readonly NamedEdge[],
  names: WorkflowFieldNames,
): { definition: WorkflowDefinition; faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  if (steps.length === 0 || steps.length > WORKFLOW_STEPS_MAX)
    faults.push({ field: names.steps, message: `must have 1 to ${WORKFLOW_STEPS_MAX} steps` });
  const positions = positionsOf(steps, names, faults);
  const definition = { steps, edges: resolved(edges, positions, names, faults) };
  if (faults.length === 0) {
    const cycle = cycleIn(steps.length, definition.edges);
    if (cycle) faults.push({ field: names.steps, message: cycleMessage(cycle, steps) });
  }
  return { definition, faults };
}

function positionsOf(
  steps: readonly WorkflowStep[],
  names: WorkflowFieldNames,
  faults: FieldFault[],
): Map<string, number> {
  const positions = new Map<string, number>();
  steps.forEach(({ jobId }, index) => {
    if (positions.has(jobId))
      faults.push({ field: names.step(index), message: `the job ${jobId} is in the workflow twice` });
    else positions.set(jobId, index);
  });
  return positions;
}

function resolved(
  edges: readonly NamedEdge[],
  positions: ReadonlyMap<string, number>,
  names: WorkflowFieldNames,
  faults: FieldFault[],
): WorkflowEdge[] {
  const seen = new Set<string>();
  return edges.flatMap((edge, index) => {
    const field = names.edge(index);
    const strangers = [edge.from, edge.to].filter((jobId) => !positions.has(jobId));
    for (const jobId of strangers)
      faults.push({ field, message: `the job ${jobId} is no step of the workflow` });
    const key = `${edge.from} ${edge.to} ${edge.on}`;
    if (seen.has(key))
      faults.push({ field, message: `the edge from ${edge.from} to ${edge.to} is given twice` });
    seen.add(key);
    const from = positions.get(edge.from);
    const to = positions.get(edge.to);
    return from === undefined || to === undefined ? [] : [{ from, to, on: edge.on }];
  });
}

function cycleMessage(cycle: readonly number[], steps: readonly WorkflowStep[]): string {
  const jobs = cycle.map((position) => steps[position]?.jobId ?? '');
  const [first = ''] = jobs;
  const shown = jobs.length > NAMED_STEPS ? [...jobs.slice(0, NAMED_STEPS), '…'] : jobs;
  return `the steps wait for each other in a cycle: ${[...shown, first].join(' → ')}`;
}
