import { setTimeout as pause } from 'node:timers/promises';
import { createEngine } from '../test/support/engine.js';
import { insertJob } from '../test/support/rows.js';
import { NoopExecutor, percentile, startBenchDatabase } from './harness.js';

const SAMPLES = 200;
const EVERY_MS = 50;

/** Pickup at a low load: from the call that enqueues to the start of the executor. */
const database = await startBenchDatabase();
try {
  const jobId = await insertJob(database.sql);
  for (const [what, sameProcess] of [
    ['one process (handed over)', true],
    ['across connections (NOTIFY)', false],
  ] as const) {
    const started = new Map<string, number>();
    const executor = new NoopExecutor((executionId) => started.set(executionId, performance.now()));
    const worker = await createEngine(database.url, executor);
    worker.startWorker();
    const caller = sameProcess ? worker : await createEngine(database.url, new NoopExecutor());
    const latencies: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const from = performance.now();
      const id = await caller.enqueuer.enqueue({ jobId, trigger: 'manual', by: 'bench' });
      while (!started.has(id)) await pause(1);
      latencies.push((started.get(id) as number) - from);
      await pause(EVERY_MS);
    }
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(latencies, share).toFixed(1));
    console.log(`pickup, ${what}: p50 ${p50} p95 ${p95} p99 ${p99} ms`);
    if (!sameProcess) await caller.stop();
    await worker.stop();
  }
} finally {
  await database.stop();
}
