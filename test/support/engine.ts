import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { ExecutorRegistry } from '../../src/executors/registry.js';
import { ClaimLoop } from '../../src/engine/worker/claim-loop.js';
import { Worker } from '../../src/engine/worker/worker.js';
import { ClaimQueue } from '../../src/modules/executions/claim-queue.js';
import { Consequences } from '../../src/modules/executions/consequences.js';
import { Enqueuer } from '../../src/modules/executions/enqueuer.js';
import { ExecutionLogs } from '../../src/modules/executions/execution-logs.js';
import { FlowControl } from '../../src/modules/executions/flow-control.js';
import { FlowEnqueuer } from '../../src/modules/executions/flow-enqueuer.js';
import { HandOver } from '../../src/modules/executions/hand-over.js';
import { Prerequisites } from '../../src/modules/executions/prerequisites.js';
import { Settlement } from '../../src/modules/executions/settlement.js';
import { DatabaseClock } from '../../src/platform/clock/database-clock.js';
import { HotDatabase } from '../../src/platform/database/hot-database.js';
import { Listener } from '../../src/platform/database/listener.js';
import { EngineMetrics } from '../../src/platform/metrics/engine-metrics.js';
import type { Executor } from '../../src/executors/executor.js';
import { RunTokens } from '../../src/modules/run-reports/run-tokens.js';
import { circuitBreakers } from './circuits.js';
import { secretResolver } from './secrets.js';

/** The engine without HTTP: what the benchmarks measure through. */
export interface Engine {
  enqueuer: Enqueuer;
  database: HotDatabase;
  worker: Worker;
  flow: FlowControl;
  startWorker(): void;
  stop(): Promise<void>;
}

export async function createEngine(url: string, executor: Executor, concurrency = 64): Promise<Engine> {
  const database = new HotDatabase(url, 12);
  const listener = new Listener(url);
  await listener.start();
  const clock = new DatabaseClock(database);
  await clock.measure();
  const consequences = new Consequences();
  const flow = new FlowControl(database, consequences);
  const queue = new ClaimQueue(database);
  const handOver = new HandOver();
  const enqueuer = new Enqueuer(
    database,
    new FlowEnqueuer(database, flow, new Prerequisites(database, flow, consequences)),
    handOver,
  );
  const worker = new Worker(
    {
      queue,
      settlement: new Settlement(database, consequences),
      flow,
      executors: new ExecutorRegistry([executor]),
      secrets: secretResolver(database),
      logs: new ExecutionLogs(database),
      tokens: new RunTokens(randomBytes(32)),
      circuits: circuitBreakers(database, clock),
      database,
      clock,
      metrics: new EngineMetrics(),
    },
    { concurrency, leaseSeconds: 30 },
  );
  const loop = new ClaimLoop(worker, queue);
  let started = false;
  return {
    enqueuer,
    database,
    worker,
    flow,
    startWorker: () => {
      started = true;
      listener.on('carillon_ready', () => loop.wake());
      handOver.attach(worker);
      loop.start();
    },
    stop: async () => {
      if (started) await loop.stop();
      await worker.drain(5_000);
      await listener.close();
      await database.close();
    },
  };
}
