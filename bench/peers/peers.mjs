/**
 * The same work through the peers, for one run beside ours: 20,000 no-op executions on the PostgreSQL given as the first
 * argument, and on the Redis given as the second, if any. Prints one line of JSON a peer. Each is used as its
 * documentation advises for throughput: bulk insertion, batches, several workers at once. graphile-worker deletes
 * its rows when they are done; pg-boss and BullMQ keep them, as Carillon does.
 */
import { Queue, Worker } from 'bullmq';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import PgBoss from 'pg-boss';
import { setTimeout as pause } from 'node:timers/promises';

const COUNT = 20_000;
const [databaseUrl, redisPort] = process.argv.slice(2);

await graphileWorker();
await pgBoss();
if (redisPort) await bullmq(Number(redisPort));
process.exit(0);

async function graphileWorker() {
  const utils = await makeWorkerUtils({
    connectionString: databaseUrl,
    logger: new Logger(() => () => undefined),
  });
  await utils.migrate();
  const specs = Array.from({ length: COUNT }, () => ({ identifier: 'noop', payload: {} }));
  const enqueue = await timed(() => inChunks(specs, 2_000, (chunk) => utils.addJobs(chunk)));
  let done = 0;
  const start = performance.now();
  const runner = await run({
    connectionString: databaseUrl,
    concurrency: 64,
    maxPoolSize: 12,
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    taskList: { noop: () => void done++ },
    preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  });
  await until(() => done >= COUNT);
  const execute = performance.now() - start;
  await runner.stop();
  await utils.release();
  report('graphile-worker', enqueue, execute);
}

async function pgBoss() {
  const boss = new PgBoss({ connectionString: databaseUrl, max: 12 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('noop');
  const jobs = Array.from({ length: COUNT }, () => ({ name: 'noop', data: {} }));
  const enqueue = await timed(() => inChunks(jobs, 2_000, (chunk) => boss.insert(chunk)));
  let done = 0;
  const start = performance.now();
  // Fetching by hand in batches is the fastest way that pg-boss has.
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (;;) {
        const batch = await boss.fetch('noop', { batchSize: 500 });
        if (batch.length === 0) return;
        await boss.complete(
          'noop',
          batch.map((job) => job.id),
        );
        done += batch.length;
      }
    }),
  );
  await until(() => done >= COUNT);
  const execute = performance.now() - start;
  await boss.stop({ graceful: false });
  report('pg-boss', enqueue, execute);
}

async function bullmq(port) {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const queue = new Queue('noop', { connection });
  const jobs = Array.from({ length: COUNT }, () => ({ name: 'noop', data: {} }));
  const enqueue = await timed(() => inChunks(jobs, 2_000, (chunk) => queue.addBulk(chunk)));
  let done = 0;
  const start = performance.now();
  const worker = new Worker('noop', async () => void done++, { connection, concurrency: 64 });
  await until(() => done >= COUNT);
  const execute = performance.now() - start;
  await worker.close();
  await queue.close();
  report('BullMQ', enqueue, execute);
}

async function inChunks(items, size, send) {
  for (let from = 0; from < items.length; from += size) await send(items.slice(from, from + size));
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function until(reached) {
  while (!reached()) await pause(5);
}

function report(peer, enqueueMs, executeMs) {
  const rate = (ms) => Math.round(COUNT / (ms / 1000));
  process.stdout.write(`${JSON.stringify({ peer, enqueue: rate(enqueueMs), execute: rate(executeMs) })}\n`);
}
