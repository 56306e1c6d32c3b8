import fc from 'fast-check';
import { type Advance, advance } from './advance.js';
import { EDGE_KINDS, type EdgeKind, type Join, JOINS, type WorkflowEdge, WorkflowGraph } from './graph.js';
import type { EndedStep, StepEnd, StepProgress } from './progress.js';
import { failuresAmong, initialProgress, runStateOf } from './run.js';

/** A run in memory. */
class Run {
  readonly progress: StepProgress[];
  readonly reads: number[][] = [];

  constructor(readonly graph: WorkflowGraph) {
    this.progress = initialProgress(graph);
    for (const root of graph.roots()) this.at(root).state = 'started';
  }

  at(position: number): StepProgress {
    const progress = this.progress[position];
    if (!progress) throw new Error(`no step ${position}`);
    return progress;
  }

  end(...ended: EndedStep[]): Advance {
    for (const { position, state } of ended) this.at(position).state = state;
    const steps = advance(this.graph, ended);
    let turn = steps.next();
    while (!turn.done) {
      this.reads.push(turn.value);
      turn = steps.next(new Map(turn.value.map((position) => [position, this.at(position)])));
    }
    for (const [position, progress] of turn.value.changed) this.progress[position] = progress;
    return turn.value;
  }

  states(): string[] {
    return this.progress.map(({ state }) => state);
  }
}

type EdgeTuple = [from: number, to: number, on: EdgeKind];

function runOf(
  size: number,
  edges: EdgeTuple[],
  joins: Record<number, Join> = {},
  tolerant: number[] = [],
): Run {
  const steps = Array.from({ length: size }, (_, i) => ({
    jobId: `j${i}`,
    join: joins[i] ?? ('unblocked' as const),
    toleratesFailure: tolerant.includes(i),
  }));
  return new Run(new WorkflowGraph({ steps, edges: edges.map(([from, to, on]) => ({ from, to, on })) }));
}

const ended = (position: number, state: StepEnd = 'succeeded'): EndedStep => ({ position, state });

describe('advance', () => {
  it('waits for all sources', () => {
    const run = runOf(4, [
      [0, 1, 'on_success'],
      [0, 2, 'on_success'],
      [1, 3, 'on_success'],
      [2, 3, 'on_success'],
    ]);
    expect(run.end(ended(0)).started).toEqual([1, 2]);
    expect(run.end(ended(1)).started).toEqual([]);
    expect(run.end(ended(2)).started).toEqual([3]);
  });

  describe('the chain of the Agent API: fetch, transform, store', () => {
    const chain = () =>
      runOf(3, [
        [0, 1, 'on_success'],
        [1, 2, 'on_success'],
        [0, 2, 'on_failure'],
      ]);

    it('stores after a good transform', () => {
      const run = chain();
      expect(run.end(ended(0)).started).toEqual([1]);
      expect(run.end(ended(1)).started).toEqual([2]);
    });

    it('stores straight after a failed fetch', () => {
      expect(chain().end(ended(0, 'failed'))).toMatchObject({ started: [2], skipped: [1] });
    });

    it('does not store after a failed transform', () => {
      const run = chain();
      run.end(ended(0));
      expect(run.end(ended(1, 'failed'))).toMatchObject({ started: [], skipped: [2] });
    });
  });

  it.each<[Join, EdgeKind, StepEnd[], boolean, boolean?]>([
    ['every', 'on_success', ['succeeded', 'succeeded'], true],
    ['every', 'on_success', ['succeeded', 'failed'], false],
    ['every', 'on_success', ['succeeded', 'skipped'], false],
    ['every', 'on_success', ['succeeded', 'failed'], true, true],
    ['any', 'on_success', ['succeeded', 'failed'], true],
    ['any', 'on_success', ['failed', 'cancelled'], false],
    ['any', 'on_complete', ['failed', 'skipped'], true],
    ['any', 'on_complete', ['skipped', 'skipped'], false],
    ['every', 'on_failure', ['failed', 'cancelled'], true],
    ['every', 'on_failure', ['failed', 'failed'], true, true],
    ['every', 'on_failure', ['failed', 'succeeded'], false],
    ['unblocked', 'on_success', ['succeeded', 'skipped'], true],
    ['unblocked', 'on_success', ['succeeded', 'failed'], false],
    ['unblocked', 'on_success', ['skipped', 'skipped'], false],
  ])(
    '%s of %s edges after %j runs: %s (failures tolerated: %s)',
    (join, on, ends, runs, tolerated = false) => {
      const run = runOf(
        3,
        [
          [0, 2, on],
          [1, 2, on],
        ],
        { 2: join },
        tolerated ? [0, 1] : [],
      );
      const [first = 'skipped', second = 'skipped'] = ends;
      run.end(ended(0, first));
      expect(run.end(ended(1, second))).toMatchObject(runs ? { started: [2] } : { skipped: [2] });
    },
  );

  it('looks only at the dependents of what ends', () => {
    const size = 1_000;
    const chain = Array.from({ length: size - 1 }, (_, i): EdgeTuple => [i, i + 1, 'on_success']);
    const run = runOf(size, chain);
    run.end(ended(0));
    expect(run.reads).toEqual([[1]]);
    run.reads.length = 0;
    expect(run.end(ended(1, 'failed')).skipped).toHaveLength(size - 2);
    expect(run.reads.length).toBeLessThan(10);
  });

  it('comes to the same end in whatever order steps end, one by one or together', () => {
    fc.assert(
      fc.property(
        graphs,
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        fc.boolean(),
        (given, picks, together) => {
          const run = new Run(given.graph);
          for (let round = 0; ; round++) {
            const open = run.states().flatMap((state, position) => (state === 'started' ? [position] : []));
            if (open.length === 0) break;
            const chosen = together ? open : [open[(picks[round] ?? 0) % open.length] ?? 0];
            run.end(...chosen.map((position) => ended(position, given.ends[position])));
          }
          expect(run.states()).toEqual(expected(given.graph, given.ends));
        },
      ),
    );
  });
});

describe('runStateOf', () => {
  it('fails by failures that no one tolerates', () => {
    const { graph } = runOf(3, [], {}, [1]);
    const failures = failuresAmong(graph, [ended(0, 'cancelled'), ended(1, 'failed'), ended(2)]);
    expect(failures).toBe(1);
    expect(runStateOf({ open: 1, failures, cancelRequested: true })).toBe('running');
    expect(runStateOf({ open: 0, failures, cancelRequested: false })).toBe('failed');
    expect(runStateOf({ open: 0, failures, cancelRequested: true })).toBe('cancelled');
    expect(runStateOf({ open: 0, failures: 0, cancelRequested: false })).toBe('succeeded');
  });
});

/** Edges lead from lower to higher positions, so there is no cycle. */
const graphs = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.record({
    ends: fc.array(fc.constantFrom<StepEnd>('succeeded', 'failed', 'cancelled', 'skipped'), {
      minLength: size,
      maxLength: size,
    }),
    graph: fc
      .record({
        steps: fc.array(fc.record({ join: fc.constantFrom(...JOINS), toleratesFailure: fc.boolean() }), {
          minLength: size,
          maxLength: size,
        }),
        edges: fc.uniqueArray(
          fc.record({ a: fc.nat(size - 1), b: fc.nat(size - 1), on: fc.constantFrom(...EDGE_KINDS) }),
          { maxLength: 20, selector: ({ a, b, on }) => `${Math.min(a, b)} ${Math.max(a, b)} ${on}` },
        ),
      })
      .map(
        ({ steps, edges }) =>
          new WorkflowGraph({
            steps: steps.map((step, i) => ({ ...step, jobId: `j${i}` })),
            edges: edges
              .filter(({ a, b }) => a !== b)
              .map(({ a, b, on }): WorkflowEdge => ({ from: Math.min(a, b), to: Math.max(a, b), on })),
          }),
      ),
  }),
);

/** The documented rules, read step by step in topological order: another way than counting edges. */
function expected(graph: WorkflowGraph, ends: readonly StepEnd[]): StepEnd[] {
  const states: StepEnd[] = [];
  for (let position = 0; position < graph.size; position++) {
    const edges = graph.incoming(position);
    const failed = (from: number) => states[from] === 'failed' || states[from] === 'cancelled';
    const done = (from: number) =>
      states[from] === 'succeeded' || (failed(from) && graph.step(from).toleratesFailure);
    const fired = edges.filter(({ from, on }) => {
      if (on === 'on_success') return done(from);
      return on === 'on_failure' ? failed(from) : states[from] !== 'skipped';
    });
    const blocked = edges.some(({ from, on }) => on === 'on_success' && failed(from) && !done(from));
    const join = graph.step(position).join;
    const runs =
      edges.length === 0 ||
      (join === 'every' ? fired.length === edges.length : fired.length > 0 && (join === 'any' || !blocked));
    states.push(runs ? (ends[position] ?? 'skipped') : 'skipped');
  }
  return states;
}
