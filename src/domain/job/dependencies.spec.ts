import {
  type DependencyEdge,
  findAnyCycle,
  findCycle,
  type JobDependencies,
  longestWay,
  sameDependencies,
} from './dependencies.js';

const edges = (...pairs: [string, string][]): DependencyEdge[] =>
  pairs.map(([jobId, dependsOnJobId]) => ({ jobId, dependsOnJobId }));

describe('findCycle', () => {
  it('finds none in chains and diamonds', () => {
    expect(findCycle('a', [])).toBeNull();
    expect(findCycle('a', edges(['a', 'b'], ['b', 'c']))).toBeNull();
    expect(findCycle('a', edges(['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd']))).toBeNull();
  });

  it('prints the way back to the job, the shortest one', () => {
    expect(findCycle('a', edges(['a', 'a']))).toEqual(['a', 'a']);
    expect(findCycle('a', edges(['a', 'b'], ['b', 'a']))).toEqual(['a', 'b', 'a']);
    const two = edges(['a', 'b'], ['b', 'c'], ['c', 'd'], ['d', 'a'], ['a', 'x'], ['x', 'd']);
    expect(findCycle('a', two)).toEqual(['a', 'x', 'd', 'a']);
  });

  it('passes over cycles that the job is no part of', () => {
    expect(findCycle('a', edges(['a', 'b'], ['b', 'c'], ['c', 'b']))).toBeNull();
  });
});

describe('findAnyCycle', () => {
  it('finds none in chains, diamonds and unconnected jobs', () => {
    expect(findAnyCycle([])).toBeNull();
    expect(findAnyCycle(edges(['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd'], ['x', 'y']))).toBeNull();
  });

  it('prints a cycle, not what is behind or before it', () => {
    const found = findAnyCycle(edges(['behind', 'a'], ['a', 'b'], ['b', 'c'], ['c', 'a'], ['c', 'before']));
    expect(found?.slice(1).sort()).toEqual(['a', 'b', 'c']);
    expect(found?.at(0)).toBe(found?.at(-1));
    expect(findAnyCycle(edges(['a', 'a']))).toEqual(['a', 'a']);
  });

  it('takes a chain of 100,000 jobs', () => {
    const chain = Array.from({ length: 100_000 }, (_, n): [string, string] => [`${n}`, `${n + 1}`]);
    expect(findAnyCycle(edges(...chain))).toBeNull();
    expect(findAnyCycle(edges(...chain, ['100000', '0']))).toHaveLength(100_002);
  });
});

describe('sameDependencies', () => {
  const all = (...prerequisites: JobDependencies['prerequisites']): JobDependencies => ({
    mode: 'all',
    prerequisites,
  });
  const [a, b] = [
    { jobId: 'a', condition: 'succeeded' as const },
    { jobId: 'b', condition: 'failed' as const },
  ];

  it('minds the mode and each condition, not the order', () => {
    expect(sameDependencies(null, null)).toBe(true);
    expect(sameDependencies(all(a, b), all(b, a))).toBe(true);
    expect(sameDependencies(all(a), null)).toBe(false);
    expect(sameDependencies(all(a), all(a, b))).toBe(false);
    expect(sameDependencies(all(a), { ...all(a), mode: 'any' })).toBe(false);
    expect(sameDependencies(all(a), all({ ...a, condition: 'any' }))).toBe(false);
  });
});

describe('longestWay', () => {
  const [edge] = edges(['m', 'n']) as [DependencyEdge];

  it('counts the edges above and below the new one, along the longest way', () => {
    expect(longestWay(edge, [])).toBe(1);
    expect(longestWay(edge, edges(['n', 'o'], ['o', 'p'], ['n', 'p']))).toBe(3);
    expect(longestWay(edge, edges(['n', 'o'], ['l', 'm'], ['k', 'l'], ['k', 'm']))).toBe(4);
  });
});
