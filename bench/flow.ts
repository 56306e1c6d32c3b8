import { setTimeout as pause } from 'node:timers/promises';
import { storedOptions } from '../src/domain/execution/run-options.js';
import type { EnqueueRequest } from '../src/modules/executions/enqueue-request.js';
import { createEngine } from '../test/support/engine.js';
import { insertJob, type JobRow } from '../test/support/rows.js';
import { NoopExecutor, percentile, startBenchDatabase, until } from './harness.js';

const COUNT = 20_000;
const BLOCKED = 100_000;
const BATCH = 2_000;
const SAMPLES = 200;
const EVERY_MS = 50;

const database = await startBenchDatabase();
const { sql } = database;
try {
  for (let round = 1; round <= 2; round++) {
    await throughput('no limit', {});
    await throughput('maxConcurrency 1,000', { maxConcurrency: 1_000 });
    await throughput('10 at once with each of 100 keys', { flow: { maxConcurrencyPerKey: 10 } }, (index) => ({
      options: storedOptions({ concurrencyKey: `key-${index % 100}` }),
    }));
    await throughput('a rate of 100,000 a minute', {
      flow: { rateLimit: { max: 100_000, windowSeconds: 60 } },
    });
  }
  await latency('alone');
  await block('concurrency', { maxConcurrency: 1 }, 'UPDATE flow_slots SET active = 1 WHERE job_id = $1');
  await latency('beside 100,000 executions of a job that its concurrency blocks');
  await block(
    'key',
    { flow: { maxConcurrencyPerKey: 1 } },
    `INSERT INTO flow_counters (job_id, scope, used) VALUES ($1, 'key:a', 1)`,
    { options: storedOptions({ concurrencyKey: 'a' }) },
  );
  await latency('beside 100,000 more that their key blocks');
  await block('rate', { flow: { rateLimit: { max: 1, windowSeconds: 86_400 } } });
  await latency('beside 100,000 more that a rate blocks');
  await latency('alone again', true);
} finally {
  await database.stop();
}

/** No-op executions of one job, from the first start to the last end; enqueued before. */
async function throughput(
  what: string,
  job: JobRow,
  more: (index: number) => Partial<EnqueueRequest> = () => ({}),
): Promise<void> {
  const jobId = await insertJob(sql, job);
  const engine = await createEngine(database.url, new NoopExecutor());
  const enqueueFrom = performance.now();
  for (let from = 0; from < COUNT; from += BATCH)
    await engine.enqueuer.enqueueMany(
      Array.from({ length: BATCH }, (_, index) => ({ ...request(jobId), ...more(from + index) })),
    );
  const start = performance.now();
  engine.startWorker();
  await until(
    sql,
    `SELECT count(*) AS n FROM executions WHERE job_id = '${jobId}' AND finished_at IS NOT NULL`,
    COUNT,
  );
  const perSecond = (ms: number) => Math.round(COUNT / (ms / 1000));
  console.log(
    `${what}: enqueue ${perSecond(start - enqueueFrom)}/s, execute no-op ${perSecond(performance.now() - start)}/s`,
  );
  await engine.stop();
}

/** Executions that cannot start. @param fill makes it so before any is enqueued */
async function block(
  what: string,
  job: JobRow,
  fill?: string,
  more: Partial<EnqueueRequest> = {},
): Promise<void> {
  const jobId = await insertJob(sql, job);
  await sql.query('INSERT INTO flow_slots (job_id) VALUES ($1)', [jobId]);
  if (fill) await sql.query(fill, [jobId]);
  const engine = await createEngine(database.url, new NoopExecutor());
  const start = performance.now();
  for (let sent = 0; sent < BLOCKED; sent += BATCH)
    await engine.enqueuer.enqueueMany(Array.from({ length: BATCH }, () => ({ ...request(jobId), ...more })));
  const { rows } = await sql.query<{ n: string }>('SELECT count(*) AS n FROM held WHERE job_id = $1', [
    jobId,
  ]);
  const seconds = (performance.now() - start) / 1000;
  console.log(`blocked by ${what}: ${rows[0]?.n} wait, enqueued at ${Math.round(BLOCKED / seconds)}/s`);
  await engine.stop();
}

/** Pickup of a job without limits across connections, 20 a second, with a process that also looks after what waits. */
async function latency(what: string, isEmptied = false): Promise<void> {
  if (isEmptied) await sql.query('TRUNCATE held, flow_slots, flow_counters, flow_starts');
  const jobId = await insertJob(sql);
  const started = new Map<string, number>();
  const worker = await createEngine(
    database.url,
    new NoopExecutor((id) => started.set(id, performance.now())),
  );
  const caller = await createEngine(database.url, new NoopExecutor());
  worker.startWorker();
  const latencies: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const from = performance.now();
    const id = await caller.enqueuer.enqueue(request(jobId));
    while (!started.has(id)) await pause(1);
    latencies.push((started.get(id) as number) - from);
    // What a worker does four times a second.
    if (sample % 5 === 0) await worker.flow.admitDue();
    await pause(EVERY_MS);
  }
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(latencies, share).toFixed(1));
  console.log(`pickup ${what}: p50 ${p50} p95 ${p95} p99 ${p99} ms`);
  await caller.stop();
  await worker.stop();
}

function request(jobId: string): EnqueueRequest {
  return { jobId, trigger: 'manual', by: 'bench' };
}
