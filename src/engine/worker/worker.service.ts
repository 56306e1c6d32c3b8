import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { hostname } from 'node:os';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { ExecutorRegistry } from '../../executors/registry.js';
import { CircuitStore } from '../../modules/circuits/circuit-store.js';
import { ClaimQueue } from '../../modules/executions/claim-queue.js';
import { ExecutionLogs } from '../../modules/executions/execution-logs.js';
import { FlowControl } from '../../modules/executions/flow-control.js';
import { HandOver } from '../../modules/executions/hand-over.js';
import { Settlement } from '../../modules/executions/settlement.js';
import { RunReports } from '../../modules/run-reports/run-reports.js';
import { RunTokens } from '../../modules/run-reports/run-tokens.js';
import { SecretResolver } from '../../modules/secrets/secret-resolver.js';
import { Nodes } from '../../modules/monitoring/nodes.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { Listener } from '../../platform/database/listener.js';
import { EngineMetrics } from '../../platform/metrics/engine-metrics.js';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';
import { CircuitBreakers } from './circuits/circuit-breakers.js';
import { AdmissionLoop } from './admission-loop.js';
import { ClaimLoop } from './claim-loop.js';
import { LeaseKeeper } from './lease-keeper.js';
import { SilenceWatch } from './silence-watch.js';
import { Worker } from './worker.js';

const MARK_EVERY_MS = 50;
const CHECK_EVERY_MS = 1_000;
const PROBE_EVERY_MS = 1_000;
/** The dashboard shows what the last one told. */
const BEAT_EVERY_MS = 2_000;

/** The worker of this process and its loops, from start to drain. */
@Injectable()
export class WorkerService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly worker: Worker;
  private readonly claims: ClaimLoop;
  private readonly circuits: CircuitBreakers;
  private readonly keeper: LeaseKeeper;
  private readonly admissions: AdmissionLoop;
  private readonly own: Loop[];

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    queue: ClaimQueue,
    private readonly handOver: HandOver,
    private readonly listener: Listener,
    private readonly executors: ExecutorRegistry,
    private readonly nodes: Nodes,
    settlement: Settlement,
    circuitStore: CircuitStore,
    flow: FlowControl,
    secrets: SecretResolver,
    logs: ExecutionLogs,
    tokens: RunTokens,
    reports: RunReports,
    database: HotDatabase,
    clock: DatabaseClock,
    metrics: EngineMetrics,
    loops: Loops,
  ) {
    const silence = new SilenceWatch(() => this.worker.inHand(), reports);
    const circuits = new CircuitBreakers(circuitStore, settings.circuits, () => clock.now());
    this.circuits = circuits;
    const services = {
      queue,
      circuits,
      settlement,
      flow,
      executors,
      secrets,
      logs,
      tokens,
      database,
      clock,
      metrics,
    };
    this.worker = new Worker(services, {
      concurrency: settings.workerConcurrency,
      leaseSeconds: settings.leaseSeconds,
    });
    this.claims = new ClaimLoop(this.worker, queue);
    this.keeper = new LeaseKeeper(this.worker, queue, flow);
    const { keeper } = this;
    this.admissions = new AdmissionLoop(flow);
    this.own = [
      new Loop('leases', (settings.leaseSeconds * 1000) / 3, () => keeper.renewOnce()),
      new Loop('running-marks', MARK_EVERY_MS, () => keeper.markRunningOnce()),
      new Loop('cancellations', CHECK_EVERY_MS, () => keeper.checkCancelsOnce()),
      new Loop('silence', CHECK_EVERY_MS, () => silence.runOnce()),
      new Loop('hoard', CHECK_EVERY_MS, () => keeper.releaseHoardOnce()),
      new Loop('circuits', PROBE_EVERY_MS, () => circuits.sweepOnce()),
      this.admissions.loop,
      new Loop('node', BEAT_EVERY_MS, () => this.beat(metrics)),
    ];
    for (const loop of [this.claims, ...this.own]) loops.add(loop);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.nodes.register({
      id: this.worker.owner,
      role: this.settings.role,
      host: hostname(),
      pid: process.pid,
      concurrency: this.worker.concurrency,
    });
    this.listener.on('carillon_ready', (payload) => {
      // Held: what has been claimed and not started goes back. Should that fail, the loop hands it back later.
      if (payload === 'held') this.keeper.releaseHoardOnce(0).catch(() => undefined);
      else this.claims.wake();
    });
    this.listener.on('carillon_cancel', (id) => this.worker.find(id)?.stop('cancelled'));
    // Should that fail, the loop reads them later.
    this.listener.on('carillon_circuits', () => void this.circuits.load().catch(() => undefined));
    this.listener.onReconnect(() => this.claims.wake());
    this.handOver.attach(this.worker);
    this.claims.start();
    for (const loop of this.own) loop.start();
  }

  /** Drains: nothing new, what runs may finish, the rest goes back. */
  async beforeApplicationShutdown(): Promise<void> {
    // Together: a round of claims that waits for the database ends once the worker drains.
    await Promise.all([this.worker.drain(this.settings.shutdownGraceSeconds * 1000), this.claims.stop()]);
    await Promise.all(this.own.map((loop) => loop.stop()));
    this.admissions.close();
    await this.nodes.remove(this.worker.owner).catch(() => undefined);
    await this.executors.close();
  }

  private async beat(metrics: EngineMetrics): Promise<void> {
    metrics.running.set(this.worker.runningCount);
    await this.nodes.beat(this.worker.owner, this.worker.runningCount);
  }
}
