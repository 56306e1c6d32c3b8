/**
 * Finds a cycle among the nodes 0 … size − 1, in time that grows with the edges.
 * @returns the nodes of one cycle in the direction of its edges, each once; null when there is none
 */
export function cycleIn(size: number, edges: readonly { from: number; to: number }[]): number[] | null {
  const sources: number[][] = Array.from({ length: size }, () => []);
  const targets: number[][] = Array.from({ length: size }, () => []);
  for (const { from, to } of edges) {
    sources[to]?.push(from);
    targets[from]?.push(to);
  }
  const stuck = nodesBehindCycles(sources, targets);
  const [start] = stuck;
  return start === undefined ? null : walkedCycle(start, sources, stuck);
}

/** What remains when nodes without sources are taken away until there are none. */
function nodesBehindCycles(sources: readonly number[][], targets: readonly number[][]): Set<number> {
  const waitsFor = sources.map((list) => list.length);
  const remaining = new Set(sources.keys());
  const free = [...remaining].filter((node) => waitsFor[node] === 0);
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    remaining.delete(node);
    for (const target of targets[node] ?? []) {
      const left = (waitsFor[target] ?? 0) - 1;
      waitsFor[target] = left;
      if (left === 0) free.push(target);
    }
  }
  return remaining;
}

/** Every remaining node has a remaining source: going back from one to the next meets a node twice. */
function walkedCycle(start: number, sources: readonly number[][], stuck: ReadonlySet<number>): number[] {
  const places = new Map<number, number>();
  const path: number[] = [];
  let node = start;
  while (!places.has(node)) {
    places.set(node, path.length);
    path.push(node);
    node = sources[node]?.find((source) => stuck.has(source)) ?? node;
  }
  return path.slice(places.get(node)).reverse();
}
