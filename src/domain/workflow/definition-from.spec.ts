import fc from 'fast-check';
import { definitionFrom, WORKFLOW_STEPS_MAX } from './definition-from.js';
import type { NamedEdge, WorkflowStep } from './graph.js';

const names = { steps: 'jobs', step: (i: number) => `jobs.${i}`, edge: (i: number) => `edges.${i}` };
const step = (jobId: string): WorkflowStep => ({ jobId, join: 'every', toleratesFailure: false });
const edge = (from: string, to: string): NamedEdge => ({ from, to, on: 'on_success' });
const faultsOf = (steps: string[], edges: NamedEdge[]) =>
  definitionFrom(steps.map(step), edges, names).faults;

describe('definitionFrom', () => {
  it('puts positions in the place of jobs', () => {
    const { definition, faults } = definitionFrom([step('b'), step('a')], [edge('a', 'b')], names);
    expect(faults).toEqual([]);
    expect(definition.edges).toEqual([{ from: 1, to: 0, on: 'on_success' }]);
  });

  it('refuses none and too many steps', () => {
    expect(faultsOf([], [])).toMatchObject([{ field: 'jobs' }]);
    const steps = Array.from({ length: WORKFLOW_STEPS_MAX + 1 }, (_, i) => `j${i}`);
    expect(faultsOf(steps, [])).toMatchObject([{ field: 'jobs', message: 'must have 1 to 2000 steps' }]);
    expect(faultsOf(steps.slice(1), [])).toEqual([]);
  });

  it('refuses jobs and edges that come twice, and edges of other jobs', () => {
    expect(faultsOf(['a', 'b', 'a'], [edge('a', 'b'), edge('a', 'b'), edge('x', 'b')])).toEqual([
      { field: 'jobs.2', message: 'the job a is in the workflow twice' },
      { field: 'edges.1', message: 'the edge from a to b is given twice' },
      { field: 'edges.2', message: 'the job x is no step of the workflow' },
    ]);
  });

  it('names the jobs of a cycle, in the order in which they wait', () => {
    const edges = [edge('start', 'a'), edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'end')];
    const [fault] = faultsOf(['start', 'a', 'b', 'c', 'end'], edges);
    expect(fault?.field).toBe('jobs');
    expect(fault?.message).toMatch(/: (a → b → c → a|b → c → a → b|c → a → b → c)$/);
    expect(faultsOf(['a'], [edge('a', 'a')])).toMatchObject([{ message: expect.stringMatching(/: a → a$/) }]);
  });

  it('accepts exactly the graphs that can be put in an order', () => {
    const graphs = fc.integer({ min: 1, max: 8 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        pairs: fc.uniqueArray(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), {
          maxLength: 14,
          selector: String,
        }),
      }),
    );
    fc.assert(
      fc.property(graphs, ({ size, pairs }) => {
        const jobs = Array.from({ length: size }, (_, i) => `j${i}`);
        const { faults } = definitionFrom(
          jobs.map(step),
          pairs.map(([from, to]) => edge(`j${from}`, `j${to}`)),
          names,
        );
        expect(faults.length === 0).toBe(!reachesItself(size, pairs));
      }),
    );
  });
});

/** By Warshall's algorithm: another way than the one under test. */
function reachesItself(size: number, pairs: readonly [number, number][]): boolean {
  const reach = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [from, to] of pairs) (reach[from] ?? [])[to] = true;
  for (let via = 0; via < size; via++)
    for (let from = 0; from < size; from++)
      for (let to = 0; to < size; to++)
        if (reach[from]?.[via] && reach[via]?.[to]) (reach[from] ?? [])[to] = true;
  return reach.some((row, node) => row[node]);
}
