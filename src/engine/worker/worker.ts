import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Outcome } from '../../domain/execution/outcome.js';
import { NO_RETRY } from '../../domain/execution/retry.js';
import type { ExecutorRegistry } from '../../executors/registry.js';
import type { ClaimQueue } from '../../modules/executions/claim-queue.js';
import type { Claim, HeldExecution } from '../../modules/executions/claimed-execution.js';
import type { ExecutionLogs } from '../../modules/executions/execution-logs.js';
import type { FlowControl } from '../../modules/executions/flow-control.js';
import type { LocalWorker } from '../../modules/executions/local-worker.js';
import { LowWaterMarks } from '../../modules/executions/low-water-marks.js';
import type { AttemptResult } from '../../modules/executions/attempt-result.js';
import type { Settlement } from '../../modules/executions/settlement.js';
import type { RunTokens } from '../../modules/run-reports/run-tokens.js';
import type { SecretResolver } from '../../modules/secrets/secret-resolver.js';
import type { DatabaseClock } from '../../platform/clock/database-clock.js';
import type { HotDatabase } from '../../platform/database/hot-database.js';
import type { EngineMetrics } from '../../platform/metrics/engine-metrics.js';
import type { Attempt } from './attempt.js';
import { AttemptDefinitions } from './attempt-definitions.js';
import { expiredResult, expiryOfAttempt, isPastWindow, resultOf } from './attempt-result.js';
import type { CircuitBreakers } from './circuits/circuit-breakers.js';
import { PutOffs } from './circuits/put-offs.js';
import { DefinitionCache } from './definition-cache.js';
import { ExecutionRunner } from './execution-runner.js';
import { Hand } from './hand.js';
import { LogWriter } from './log-writer.js';
import { Postponements } from './postponements.js';
import { Prefetch } from './prefetch.js';
import { Settler } from './settler.js';

/** Executions claimed at once: while one batch runs, the next is on its way. */
const LARGEST_CLAIM = 2_000;

export interface WorkerOptions {
  /** Executions at once. */
  concurrency: number;
  leaseSeconds: number;
  /** How long an executor may take to stop once it was told to; default: 5 seconds. */
  stopGraceMs?: number;
}

export interface WorkerServices {
  queue: ClaimQueue;
  settlement: Settlement;
  flow: Pick<FlowControl, 'postpone'>;
  executors: ExecutorRegistry;
  secrets: Pick<SecretResolver, 'open'>;
  logs: Pick<ExecutionLogs, 'add'>;
  tokens: Pick<RunTokens, 'issue'>;
  circuits: CircuitBreakers;
  database: HotDatabase;
  clock: DatabaseClock;
  metrics: EngineMetrics;
}

/**
 * Runs executions: keeps claimed ones in a short buffer, starts as many as `concurrency` allows, records how
 * they end. When to claim is for the ClaimLoop, leases and cancellations for the LeaseKeeper.
 */
export class Worker implements LocalWorker {
  private readonly log = new Logger(Worker.name);
  /** This process as the owner of leases; new at each start, so that nobody acts on an old lease. */
  readonly owner = randomUUID();
  readonly leaseSeconds: number;
  readonly concurrency: number;
  readonly marks = new LowWaterMarks();
  private readonly hand = new Hand();
  private readonly runner: ExecutionRunner;
  private readonly definitions: AttemptDefinitions;
  private readonly settler: Settler;
  private readonly prefetch: Prefetch;
  private readonly putOffs: PutOffs;
  private readonly postponements: Postponements;
  private puttingOff = 0;
  private running = 0;
  private reserved = 0;
  private taking = 0;
  private stopping = false;
  private queueWasEmpty = false;
  private onRoom: () => void = () => undefined;

  constructor(
    private readonly services: WorkerServices,
    options: WorkerOptions,
  ) {
    this.leaseSeconds = options.leaseSeconds;
    this.concurrency = options.concurrency;
    this.runner = new ExecutionRunner(
      services.executors,
      services.secrets,
      new LogWriter(services.logs, () => services.clock.now()),
      services.tokens,
      services.circuits,
      options.stopGraceMs,
    );
    this.definitions = new AttemptDefinitions(new DefinitionCache(services.database));
    this.putOffs = new PutOffs(services.circuits.store, this.owner, options.leaseSeconds * 1000);
    this.postponements = new Postponements(services.flow, this.owner, (attempt) => this.hand.forget(attempt));
    this.prefetch = new Prefetch(options.concurrency);
    this.settler = new Settler(services.settlement, this.owner, (result, accepted) =>
      this.settled(result, accepted),
    );
  }

  /** Calls `wake` whenever something is ready or room is made: the claim loop listens. */
  whenRoom(wake: () => void): void {
    this.onRoom = wake;
  }

  wake(): void {
    this.onRoom();
  }

  reserve(wanted: number): number {
    const idle = this.queueWasEmpty && this.hand.buffered === 0 && !this.stopping;
    if (!idle || this.running + this.reserved + wanted > this.concurrency) return 0;
    this.reserved += wanted;
    return wanted;
  }

  unreserve(reserved: number): void {
    this.reserved -= reserved;
  }

  accept(claim: Claim, reserved: number): void {
    this.unreserve(reserved);
    if (claim.executions.length > 0) void this.take(claim);
  }

  /** How many more executions it makes sense to claim now. */
  room(): number {
    if (this.stopping) return 0;
    const inHand = this.running + this.reserved + this.hand.buffered;
    return Math.min(this.prefetch.target() - inHand, LARGEST_CLAIM);
  }

  /** Claims once. @returns how many executions were claimed */
  async claimOnce(): Promise<number> {
    const room = this.room();
    if (room <= 0) return 0;
    const claim = await this.services.queue.claim(this.owner, room, this.leaseSeconds, this.marks);
    const claimed = claim?.executions.length ?? 0;
    this.queueWasEmpty = claimed < room;
    if (claim) await this.take(claim);
    return claimed;
  }

  /** Attempts that are in this process: buffered, running, or waiting to be recorded. */
  inHand(): readonly Attempt[] {
    return this.hand.all();
  }

  find(executionId: string): Attempt | undefined {
    return this.hand.find(executionId);
  }

  get runningCount(): number {
    return this.running;
  }

  /** Drops an attempt whose lease was taken away: it is stopped, and nothing of it is recorded. */
  lose(attempt: Attempt): void {
    this.log.warn({ executionId: attempt.id }, 'Lost the lease of an execution; it is stopped here');
    attempt.stop('lease-lost');
    this.hand.drop(attempt);
  }

  /** Takes out of the buffer what was claimed longer than `olderThanMs` ago. @returns it, to be handed back */
  giveUpBuffered(olderThanMs: number): HeldExecution[] {
    return this.hand.dropBuffered(olderThanMs).map((attempt) => attempt.held);
  }

  /**
   * Stops claiming, hands back what has not started, waits up to `graceMs` for what runs, then stops the rest
   * and records that it is to be tried again.
   */
  async drain(graceMs: number): Promise<void> {
    this.stopping = true;
    const timer = setTimeout(() => this.inHand().forEach((attempt) => attempt.stop('shutdown')), graceMs);
    await this.handBack(this.hand.dropBuffered());
    while (this.running > 0 || this.reserved > 0 || this.taking > 0 || this.puttingOff > 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    clearTimeout(timer);
    await this.recordTheRest();
  }

  /** Later than a lease from now the fence would refuse it anyway. */
  private async recordTheRest(): Promise<void> {
    const timer = setTimeout(() => {
      this.log.error('The database did not take the last results; their executions will be rescued');
      this.settler.abandon();
      this.postponements.abandon();
    }, this.leaseSeconds * 1000);
    await Promise.all([this.settler.drained(), this.postponements.drained()]);
    clearTimeout(timer);
  }

  private async handBack(attempts: readonly Attempt[]): Promise<void> {
    for (const attempt of attempts) this.hand.forget(attempt);
    if (attempts.length === 0) return;
    await this.services.queue
      .release(
        this.owner,
        attempts.map((attempt) => attempt.held),
      )
      .catch((error: Error) => this.log.warn(`Could not hand back: ${error.message}`));
  }

  private async take(claim: Claim): Promise<void> {
    this.taking++;
    const attempts = this.hand.take(claim);
    await this.definitions.load(attempts, () => !this.stopping);
    if (this.stopping) await this.handBack(attempts);
    else {
      this.hand.bufferUp(attempts);
      this.startBuffered();
    }
    this.taking--;
  }

  private startBuffered(): void {
    while (this.running < this.concurrency) {
      const attempt = this.hand.next();
      if (!attempt) return;
      if (!this.expires(attempt) && !this.postpones(attempt)) void this.start(attempt);
    }
  }

  /** Ends an execution whose time to start has passed. @returns whether it has */
  private expires(attempt: Attempt): boolean {
    const now = this.services.clock.now();
    const expiredAt = expiryOfAttempt(attempt);
    if (expiredAt === null || expiredAt > now || attempt.stopReason !== null) return false;
    attempt.done = true;
    this.settler.add(expiredResult(attempt, expiredAt, now));
    this.onRoom();
    return true;
  }

  /** Gives back an execution whose execution window has closed. @returns whether it has */
  private postpones(attempt: Attempt): boolean {
    if (!isPastWindow(attempt, this.services.clock.nowMs())) return false;
    this.postponements.add(attempt);
    this.onRoom();
    return true;
  }

  private async start(attempt: Attempt): Promise<void> {
    this.running++;
    if (attempt.definition?.versionPolicy) await this.definitions.decide(attempt);
    const { clock, metrics } = this.services;
    // Not before the database let it start, however far this clock is off: rates count from here.
    const startedAt = new Date(Math.max(clock.nowMs(), attempt.execution.availableAt.getTime()));
    attempt.startedAt = startedAt;
    attempt.startedTick = performance.now();
    const { execution, definition } = attempt;
    metrics.pickup.observe(Math.max(startedAt.getTime() - execution.availableAt.getTime(), 0) / 1000);
    const outcome = await this.runner.run(attempt, startedAt);
    if (outcome.kind === 'not_started') return this.putOff(attempt, outcome.origin);
    // Not sooner than it has run: the estimate of the database's clock may have been corrected meanwhile.
    const ranMs = performance.now() - attempt.startedTick;
    const finishedAt = new Date(Math.max(clock.nowMs(), startedAt.getTime() + ranMs));
    attempt.done = true;
    this.running--;
    this.prefetch.finished();
    metrics.duration.observe(ranMs / 1000);
    if (this.hand.holds(attempt)) {
      this.settler.add(resultOf(attempt, outcome, definition?.retry ?? NO_RETRY, finishedAt, Math.random()));
    }
    if (this.hand.buffered > 0) this.startBuffered();
    if (this.prefetch.worthClaiming(this.hand.buffered)) this.onRoom();
  }

  /** It waits for a circuit and frees its place. */
  private async putOff(attempt: Attempt, origin: string): Promise<void> {
    this.running--;
    this.puttingOff++;
    attempt.done = true;
    attempt.startedAt = null;
    if (this.hand.buffered > 0) this.startBuffered();
    const result = await this.putOffs.add(attempt, origin);
    if (result === 'ready') await this.services.circuits.load().catch(() => undefined);
    this.puttingOff--;
    if (result === 'cancelled' && this.hand.holds(attempt)) {
      const outcome: Outcome = { kind: 'cancelled', reason: 'Cancelled before it started.' };
      this.settler.add(resultOf(attempt, outcome, NO_RETRY, this.services.clock.now(), 0));
    } else this.hand.forget(attempt);
    this.onRoom();
  }

  private settled(result: AttemptResult, accepted: boolean): void {
    const attempt = this.hand.find(result.executionId);
    if (attempt?.claimId === result.claimId) this.hand.forget(attempt);
    // The claim loop shall know when it becomes due again.
    if (accepted && result.state === 'delayed') this.onRoom();
    this.services.metrics.executions.inc({ outcome: outcomeLabel(result, accepted) });
    if (!accepted)
      this.log.warn(
        { executionId: result.executionId },
        'A result was refused: the lease was lost, or the execution had ended',
      );
  }
}

function outcomeLabel(result: AttemptResult, accepted: boolean): string {
  if (!accepted) return 'refused';
  return result.state === 'delayed' ? 'retried' : result.state;
}
