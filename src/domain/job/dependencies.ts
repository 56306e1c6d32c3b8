/** Whether all prerequisites of a job must be satisfied, or any. */
export type DependencyMode = 'all' | 'any';

/**
 * Which end of a prerequisite satisfies: `succeeded`; `failed`; `completed`: it ran to an end, successful or
 * not; `any`: also one that was cancelled, expired or skipped.
 */
export const DEPENDENCY_CONDITIONS = ['succeeded', 'failed', 'completed', 'any'] as const;
export type DependencyCondition = (typeof DEPENDENCY_CONDITIONS)[number];

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
  const prerequisites = neighbours(edges.map((edge) => [edge.jobId, edge.dependsOnJobId]));
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

/** A cycle somewhere among the edges, however many; null: there is none. */
export function findAnyCycle(edges: readonly DependencyEdge[]): string[] | null {
  const dependents = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const { jobId, dependsOnJobId } of edges) {
    open.set(jobId, (open.get(jobId) ?? 0) + 1);
    const known = dependents.get(dependsOnJobId);
    if (known) known.push(jobId);
    else dependents.set(dependsOnJobId, [jobId]);
  }
  // Takes away, again and again, what waits for nothing; cycles and what is behind them are left.
  const free = [...dependents.keys()].filter((jobId) => !open.has(jobId));
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    for (const dependent of dependents.get(at) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, left);
      if (left === 0) free.push(dependent);
    }
  }
  const behind = [...open].filter(([, left]) => left > 0).map(([jobId]) => jobId);
  if (behind.length === 0) return null;
  const [start = ''] = behind;
  return findCycle(someOnCycle(start, new Set(behind), edges), edges);
}

/** Walks from what is behind a cycle towards prerequisites until a job comes twice. */
function someOnCycle(start: string, behind: ReadonlySet<string>, edges: readonly DependencyEdge[]): string {
  const next = new Map<string, string>();
  for (const { jobId, dependsOnJobId } of edges)
    if (behind.has(dependsOnJobId)) next.set(jobId, dependsOnJobId);
  const seen = new Set<string>();
  let at = start;
  while (!seen.has(at)) {
    seen.add(at);
    at = next.get(at) ?? at;
  }
  return at;
}

/** Whether a job waits for the same in both; the order of prerequisites does not matter. */
export function sameDependencies(one: JobDependencies | null, other: JobDependencies | null): boolean {
  if (one === null || other === null) return one === other;
  const wanted = new Map(other.prerequisites.map(({ jobId, condition }) => [jobId, condition]));
  return (
    one.mode === other.mode &&
    one.prerequisites.length === wanted.size &&
    one.prerequisites.every(({ jobId, condition }) => wanted.get(jobId) === condition)
  );
}

/** What each job leads to. */
function neighbours(pairs: readonly (readonly [from: string, to: string])[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [from, to] of pairs) {
    const known = found.get(from);
    if (known) known.push(to);
    else found.set(from, [to]);
  }
  return found;
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  for (let at = end; at !== start;) {
    at = cameFrom.get(at) ?? start;
    path.unshift(at);
  }
  return path;
}

/** Most edges on a way that goes through an edge, which closes no cycle, along the edges around it. */
export function longestWay(
  { jobId, dependsOnJobId }: DependencyEdge,
  edges: readonly DependencyEdge[],
): number {
  const up = neighbours(edges.map((edge) => [edge.jobId, edge.dependsOnJobId]));
  const down = neighbours(edges.map((edge) => [edge.dependsOnJobId, edge.jobId]));
  return longestFrom(dependsOnJobId, up) + 1 + longestFrom(jobId, down);
}

/** By rounds: after each, `border` holds what can be reached by one edge more. */
function longestFrom(start: string, next: ReadonlyMap<string, string[]>): number {
  let border: ReadonlySet<string> = new Set([start]);
  for (let edges = 0; ; edges++) {
    border = new Set([...border].flatMap((id) => next.get(id) ?? []));
    if (border.size === 0) return edges;
  }
}
