import { type DependencyEdge, findCycle } from './dependencies.js';

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
