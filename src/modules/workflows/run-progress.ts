import { Injectable } from '@nestjs/common';
import { advance, type Advance } from '../../domain/workflow/advance.js';
import type { WorkflowGraph } from '../../domain/workflow/graph.js';
import type { EndedStep, StepProgress, StepState } from '../../domain/workflow/progress.js';
import { failuresAmong } from '../../domain/workflow/run.js';
import { COUNT_ENDS, READ_STEPS, WRITE_STEPS } from '../../platform/database/sql/workflow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { StepStarter } from './step-starter.js';
import { WorkflowGraphs } from './workflow-graphs.js';

/** A run whose row the transaction has locked, or has just made. */
export interface LockedRun {
  id: string;
  workflowId: string;
  version: number;
}

interface StepRow extends StepProgress {
  id: string;
  position: number;
}

const JOB_GONE = 'Its job has been deleted.';
const NOT_REACHED = 'What it waited for ended otherwise.';

/** Carries runs on. All is written in the caller's transaction, under the lock of the run. */
@Injectable()
export class RunProgress {
  constructor(
    private readonly graphs: WorkflowGraphs,
    private readonly starter: StepStarter,
  ) {}

  /** Starts the steps of a new run that wait for nothing. */
  async begin(runner: StatementRunner, run: LockedRun): Promise<void> {
    const graph = await this.graphs.get(runner, run.workflowId, run.version);
    const roots = graph.roots();
    const steps = await readSteps(runner, run.id, roots);
    const changed = new Map(
      roots.map((root): [number, StepProgress] => [
        root,
        { state: 'started', pending: 0, fired: 0, blocked: 0 },
      ]),
    );
    const failed = await this.write(runner, run, graph, { started: roots, skipped: [], changed }, steps);
    await this.proceed(runner, run, failed);
  }

  /**
   * Starts and skips what follows from the end of steps, and ends the run with its last one.
   * @param ended steps whose own rows say already that they have ended
   */
  async proceed(runner: StatementRunner, run: LockedRun, ended: readonly EndedStep[]): Promise<void> {
    const graph = await this.graphs.get(runner, run.workflowId, run.version);
    let ends = 0;
    let failures = 0;
    let wave = ended;
    while (wave.length > 0) {
      const steps = new Map<number, StepRow>();
      const result = await advanced(runner, run.id, graph, wave, steps);
      ends += wave.length + result.skipped.length;
      failures += failuresAmong(graph, wave);
      wave = await this.write(runner, run, graph, result, steps);
    }
    if (ends > 0) await runner.rows(COUNT_ENDS, [run.id, ends, failures]);
  }

  /** @returns the steps that could not start, since their job is gone */
  private async write(
    runner: StatementRunner,
    run: LockedRun,
    graph: WorkflowGraph,
    { started, changed }: Advance,
    steps: ReadonlyMap<number, StepRow>,
  ): Promise<EndedStep[]> {
    if (changed.size === 0) return [];
    const executions = await this.starter.start(
      runner,
      run.id,
      graph,
      started.flatMap((position) => steps.get(position) ?? []),
    );
    const failed: EndedStep[] = started
      .filter((position) => (executions.get(position) ?? null) === null)
      .map((position) => ({ position, state: 'failed' }));
    const gone = new Set(failed.map(({ position }) => position));
    const rows = [...changed].map(([position, progress]) => {
      const state: StepState = gone.has(position) ? 'failed' : progress.state;
      const reason = gone.has(position) ? JOB_GONE : state === 'skipped' ? NOT_REACHED : null;
      return { ...progress, position, state, reason, executionId: executions.get(position) ?? null };
    });
    await runner.rows(WRITE_STEPS, [
      run.id,
      rows.map((row) => row.position),
      rows.map((row) => row.state),
      rows.map((row) => row.pending),
      rows.map((row) => row.fired),
      rows.map((row) => row.blocked),
      rows.map((row) => row.executionId),
      rows.map((row) => row.reason),
    ]);
    return failed;
  }
}

/** Runs the domain's decision, reading what it asks for. `steps` gets every row that was read. */
async function advanced(
  runner: StatementRunner,
  runId: string,
  graph: WorkflowGraph,
  ended: readonly EndedStep[],
  steps: Map<number, StepRow>,
): Promise<Advance> {
  const decision = advance(graph, ended);
  let turn = decision.next();
  while (!turn.done) {
    const rows = await readSteps(runner, runId, turn.value);
    for (const [position, row] of rows) steps.set(position, row);
    turn = decision.next(rows);
  }
  return turn.value;
}

async function readSteps(
  runner: StatementRunner,
  runId: string,
  positions: readonly number[],
): Promise<Map<number, StepRow>> {
  const rows = await runner.rows<StepRow>(READ_STEPS, [runId, positions]);
  return new Map(rows.map((row) => [row.position, row]));
}
