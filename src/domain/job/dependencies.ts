/** Whether all prerequisites of a job must be satisfied, or any. */
export type DependencyMode = 'all' | 'any';

/**
 * Which end of a prerequisite satisfies: `succeeded`; `failed`; `completed`: it ran to an end, successful or
 * not; `any`: also one that was cancelled, expired or skipped.
 */
export type DependencyCondition = 'succeeded' | 'failed' | 'completed' | 'any';

/** What a job waits for. */
export interface JobDependencies {
  mode: DependencyMode;
  prerequisites: { jobId: string; condition: DependencyCondition }[];
}

/** That a job depends on another. */
export interface DependencyEdge {
  jobId: string;
  dependsOnJobId: string;
}

/**
 * A way from `jobId` back to itself along the edges, first and last entry the job itself; null: there is none.
 * @param edges may hold more than the job's own surroundings
 */
export function findCycle(jobId: string, edges: readonly DependencyEdge[]): string[] | null {
  const prerequisites = new Map<string, string[]>();
  for (const edge of edges) {
    const known = prerequisites.get(edge.jobId);
    if (known) known.push(edge.dependsOnJobId);
    else prerequisites.set(edge.jobId, [edge.dependsOnJobId]);
  }
  // By breadth, so that the shortest cycle is shown; each job is looked at once.
  const cameFrom = new Map<string, string>();
  let border = [jobId];
  while (border.length > 0) {
    const next: string[] = [];
    for (const at of border) {
      for (const prerequisite of prerequisites.get(at) ?? []) {
        if (prerequisite === jobId) return [...pathTo(at, jobId, cameFrom), jobId];
        if (cameFrom.has(prerequisite)) continue;
        cameFrom.set(prerequisite, at);
        next.push(prerequisite);
      }
    }
    border = next;
  }
  return null;
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  for (let at = end; at !== start;) {
    at = cameFrom.get(at) ?? start;
    path.unshift(at);
  }
  return path;
}
