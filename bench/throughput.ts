import { createEngine } from '../test/support/engine.js';
import { insertJob } from '../test/support/rows.js';
import { NoopExecutor, percentile, startBenchDatabase, until } from './harness.js';

const COUNT = 20_000;

const database = await startBenchDatabase();
try {
  const engine = await createEngine(database.url, new NoopExecutor());
  const jobId = await insertJob(database.sql);
  const requests = Array.from({ length: 1_000 }, () => ({ jobId, trigger: 'manual' as const, by: 'bench' }));

  for (let round = 0; round < 3; round++) {
    let start = performance.now();
    for (let sent = 0; sent < COUNT; sent += requests.length) await engine.enqueuer.enqueueMany(requests);
    report('bulk enqueue', COUNT, start);
    if (round === 0) engine.startWorker();
    else engine.worker.wake();
    start = performance.now();
    await until(
      database.sql,
      `SELECT count(*) AS n FROM executions WHERE finished_at IS NOT NULL`,
      COUNT * (round + 1),
    );
    report('execute no-op', COUNT, start);
  }

  let start = performance.now();
  const before = COUNT * 3;
  for (let sent = 0; sent < COUNT; sent += requests.length) await engine.enqueuer.enqueueMany(requests);
  await until(
    database.sql,
    `SELECT count(*) AS n FROM executions WHERE finished_at IS NOT NULL`,
    before + COUNT,
  );
  report('enqueue and execute, worker up', COUNT, start);

  start = performance.now();
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
  report('single enqueue, 32 callers', COUNT, start);
  console.log(
    `  latency p50 ${percentile(latencies, 0.5).toFixed(2)} p99 ${percentile(latencies, 0.99).toFixed(2)} ms`,
  );
  await until(
    database.sql,
    `SELECT count(*) AS n FROM executions WHERE finished_at IS NOT NULL`,
    before + 2 * COUNT,
  );
  await engine.stop();
} finally {
  await database.stop();
}

function report(what: string, count: number, start: number): void {
  const seconds = (performance.now() - start) / 1000;
  console.log(`${what}: ${Math.round(count / seconds)}/s`);
}
