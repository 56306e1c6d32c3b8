import { createEngine } from '../test/support/engine.js';
import { insertJob } from '../test/support/rows.js';
import { NoopExecutor, percentile, startBenchDatabase, until } from './harness.js';

const COUNT = 20_000;
const ROUNDS = 3;
const FINISHED = 'SELECT count(*) AS n FROM executions WHERE finished_at IS NOT NULL';

/** Throughput through the engine, no HTTP: best of three rounds. */
const database = await startBenchDatabase();
const best = new Map<string, number>();
try {
  const jobId = await insertJob(database.sql);
  const requests = Array.from({ length: 2_000 }, () => ({ jobId, trigger: 'manual' as const, by: 'bench' }));
  let total = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const engine = await createEngine(database.url, new NoopExecutor());
    const bulk = async () => {
      for (let sent = 0; sent < COUNT; sent += requests.length) await engine.enqueuer.enqueueMany(requests);
    };
    const finished = () => until(database.sql, FINISHED, (total += COUNT));

    await measure('bulk enqueue', bulk);
    await measure('execute no-op', () => {
      engine.startWorker();
      return finished();
    });
    await measure('enqueue and execute, worker up', async () => {
      await bulk();
      await finished();
    });
    await measure('single enqueue, 32 callers, worker up', () => singles(engine, jobId));
    total += COUNT;
    await until(database.sql, FINISHED, total);
    await engine.stop();
  }
  for (const [what, rate] of best) console.log(`${what}: ${Math.round(rate)}/s`);
} finally {
  await database.stop();
}

async function measure(what: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  const rate = COUNT / ((performance.now() - start) / 1000);
  best.set(what, Math.max(rate, best.get(what) ?? 0));
}

async function singles(engine: Awaited<ReturnType<typeof createEngine>>, jobId: string): Promise<void> {
  let left = COUNT;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (left-- > 0) {
        const from = performance.now();
        await engine.enqueuer.enqueue({ jobId, trigger: 'manual', by: 'bench' });
        latencies.push(performance.now() - from);
      }
    }),
  );
  console.log(
    `  single enqueue p50 ${percentile(latencies, 0.5).toFixed(2)} p99 ${percentile(latencies, 0.99).toFixed(2)} ms`,
  );
}
