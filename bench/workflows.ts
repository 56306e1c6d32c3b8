import { WorkflowRuns } from '../src/modules/workflows/workflow-runs.js';
import { WorkflowsService } from '../src/modules/workflows/workflows.service.js';
import type { WorkflowDefinition } from '../src/domain/workflow/graph.js';
import { insertJob } from '../test/support/rows.js';
import { startApp } from './app.js';
import { startBenchDatabase, until } from './harness.js';

const STEPS = 1_000;
const ROUNDS = 3;
const CALLER = { subject: 'bench', projects: null };

/** Workflow runs of 1,000 steps in one process, whose executor does nothing: best of three. */
const database = await startBenchDatabase();
const app = await startApp(database.url);
try {
  const jobs: string[] = [];
  for (let n = 0; n < STEPS; n++) jobs.push(await insertJob(database.sql));
  const steps = jobs.map((jobId) => ({ jobId, join: 'every' as const, toleratesFailure: false }));
  const edge = (from: number, to: number) => ({ from, to, on: 'on_success' as const });
  const middle = steps.slice(2).map((_step, index) => index + 2);
  await measure('wide: one, 998 at once, one', {
    steps,
    edges: middle.flatMap((position) => [edge(0, position), edge(position, 1)]),
  });
  await measure('deep: a chain', { steps, edges: steps.slice(1).map((_step, from) => edge(from, from + 1)) });
} finally {
  await app.close();
  await database.stop();
}

async function measure(what: string, definition: WorkflowDefinition): Promise<void> {
  const content = {
    name: what,
    description: null,
    schedule: { kind: 'manual', timezone: 'UTC' } as const,
    definition,
  };
  const { id } = await app.get(WorkflowsService, { strict: false }).create(() => content, CALLER);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const runId = await app.get(WorkflowRuns, { strict: false }).trigger(id, null, CALLER);
    await until(
      database.sql,
      `SELECT count(*) AS n FROM workflow_runs WHERE id = '${runId}' AND state = 'succeeded'`,
      1,
    );
    times.push(performance.now() - start);
  }
  const best = Math.min(...times);
  console.log(`${what}: ${(best / 1_000).toFixed(2)} s, ${(best / STEPS).toFixed(2)} ms a step`);
}
