import { LeaseKeeper } from '../../src/engine/worker/lease-keeper.js';
import { Worker, type WorkerOptions, type WorkerServices } from '../../src/engine/worker/worker.js';
import { ExecutorRegistry } from '../../src/executors/registry.js';
import { ExecutionLogs } from '../../src/modules/executions/execution-logs.js';
import { RunTokens } from '../../src/modules/run-reports/run-tokens.js';
import { DatabaseClock } from '../../src/platform/clock/database-clock.js';
import { EngineMetrics } from '../../src/platform/metrics/engine-metrics.js';
import { circuitBreakers } from './circuits.js';
import type { Work } from './engine-node.js';
import type { Queue } from './queue.js';
import { secretResolver } from './secrets.js';

/** Two at once, and a lease of 30 seconds, unless the test says otherwise. */
export interface LoneWorkerOptions extends Partial<WorkerOptions> {
  services?: Partial<WorkerServices>;
}

/** A worker without loops: the test claims, renews and marks for it, and drains it in the end. */
export async function loneWorker(
  queue: Queue,
  execute: Work,
  { services, ...options }: LoneWorkerOptions = {},
): Promise<{ worker: Worker; keeper: LeaseKeeper }> {
  const clock = new DatabaseClock(queue.database);
  await clock.measure();
  const all: WorkerServices = {
    queue: queue.claims,
    settlement: queue.settlement,
    flow: queue.flow,
    executors: new ExecutorRegistry([{ type: 'http-call', configuration: Object, execute }]),
    secrets: secretResolver(queue.database),
    logs: new ExecutionLogs(queue.database),
    tokens: new RunTokens(Buffer.alloc(32)),
    circuits: circuitBreakers(queue.database, clock),
    database: queue.database,
    clock,
    metrics: new EngineMetrics(),
    ...services,
  };
  const worker = new Worker(all, { concurrency: 2, leaseSeconds: 30, stopGraceMs: 50, ...options });
  return { worker, keeper: new LeaseKeeper(worker, all.queue, queue.flow) };
}
