import { Logger } from '@nestjs/common';
import type { Redactor } from '../../../domain/execution/redaction.js';
import type { CallVerdict } from '../../../executors/executor.js';
import type { CircuitStore, KnownCircuit } from '../../../modules/circuits/circuit-store.js';
import { AttemptCircuits, type WorkerCircuits } from './attempt-circuits.js';

/** When circuits open, and for how long. */
export interface CircuitRules {
  /** Failed calls of an origin in a row, in one worker, that open its circuit; 0: circuits never open. */
  failures: number;
  coolDownSeconds: number;
}

/** What a worker knows of a circuit that is not closed. */
type Known = Omit<KnownCircuit, 'origin'>;

/** Origins whose failures are counted; more means that those that failed first are forgotten. */
const MOST_FAILING = 10_000;

/**
 * The circuits of endpoint origins as one worker sees them. Closed ones cost a look at the size of a map: what is not
 * closed is held in memory and read anew when a notification says so; failures are counted in memory alone.
 */
export class CircuitBreakers implements WorkerCircuits {
  private readonly log = new Logger(CircuitBreakers.name);
  private known: ReadonlyMap<string, Known> = new Map();
  /** Failures in a row by origin, of closed circuits. */
  private readonly failures = new Map<string, number>();
  private reading: Promise<void> = Promise.resolve();
  private nextReading: Promise<void> | null = null;
  /** Origins whose probe is being asked for just now. */
  private readonly asking = new Set<string>();

  constructor(
    readonly store: CircuitStore,
    private readonly rules: CircuitRules,
    private readonly now: () => Date,
  ) {}

  /** The circuits as one attempt may use them; undefined: all may be called, always. */
  of(executionId: string, redactor: Redactor): AttemptCircuits | undefined {
    return this.rules.failures === 0 ? undefined : new AttemptCircuits(this, executionId, redactor);
  }

  get allClosed(): boolean {
    return this.known.size === 0;
  }

  /** Whether an execution may not call an origin now. */
  blocks(origin: string, executionId: string): boolean {
    const circuit = this.known.get(origin);
    return circuit !== undefined && circuit.probeId !== executionId;
  }

  /**
   * What an execution has to wait for before it starts. Where a probe is due, it may become that.
   * @param origins those that it can do with: one of them suffices
   * @returns an origin whose circuit it must wait for; null: it may start
   */
  async obstacle(origins: readonly string[], executionId: string): Promise<string | null> {
    const blocked = origins.filter((origin) => this.blocks(origin, executionId));
    for (const origin of blocked) if (await this.becomesProbe(origin, executionId)) return null;
    return blocked.length === origins.length ? (blocked[0] ?? null) : null;
  }

  /** Learns how a call went. */
  report(origin: string, verdict: CallVerdict, reason: string, executionId: string): void {
    const circuit = this.known.get(origin);
    if (circuit?.probeId === executionId) void this.judge(origin, verdict, reason, executionId);
    else if (circuit === undefined && verdict === 'broken') this.count(origin, reason);
    else if (verdict === 'answered' && this.failures.size > 0) this.failures.delete(origin);
  }

  /** An attempt is over: where it was a probe and said nothing, the next one is due. */
  finished(executionId: string): void {
    if (this.allClosed) return;
    for (const [origin, { probeId }] of this.known)
      if (probeId === executionId)
        void this.change(origin, () => this.store.reopen(origin, executionId, 0, null));
  }

  /** Reads the circuits anew; many calls at a time share a read that begins after them. */
  load(): Promise<void> {
    this.nextReading ??= this.reading
      .catch(() => undefined)
      .then(() => {
        this.nextReading = null;
        this.reading = this.read();
        return this.reading;
      });
    return this.nextReading;
  }

  private async read(): Promise<void> {
    const { circuits, releasable } = await this.store.known();
    this.known = new Map(circuits.map((circuit) => [circuit.origin, circuit]));
    if (releasable) await this.store.release();
  }

  /** Starts probes that are due; run it about once a second. Also what makes up for lost notifications. */
  async sweepOnce(): Promise<void> {
    await this.load();
    if (!this.allClosed) await this.store.probe();
  }

  private count(origin: string, reason: string): void {
    const failures = (this.failures.get(origin) ?? 0) + 1;
    this.failures.set(origin, failures);
    const [oldest] = this.failures.keys();
    if (this.failures.size > MOST_FAILING && oldest !== undefined) this.failures.delete(oldest);
    if (failures < this.rules.failures) return;
    this.failures.delete(origin);
    this.learn(origin, { state: 'open', probeAt: this.coolDownEnd(), probeId: null });
    this.log.warn({ origin }, `Opened the circuit of ${origin}: ${failures} failures in a row; ${reason}`);
    void this.change(origin, () => this.store.open(origin, reason, failures, this.rules.coolDownSeconds));
  }

  private async judge(origin: string, verdict: CallVerdict, reason: string, probeId: string): Promise<void> {
    if (verdict === 'answered') {
      this.log.log({ origin }, `Closed the circuit of ${origin}: its probe was answered`);
      this.learn(origin, null);
      await this.change(origin, () => this.store.close(origin, probeId));
      return;
    }
    this.learn(origin, { state: 'open', probeAt: this.coolDownEnd(), probeId: null });
    await this.change(origin, () => this.store.reopen(origin, probeId, this.rules.coolDownSeconds, reason));
  }

  private async becomesProbe(origin: string, executionId: string): Promise<boolean> {
    const circuit = this.known.get(origin);
    if (circuit?.state !== 'open' || circuit.probeAt > this.now() || this.asking.has(origin)) return false;
    this.asking.add(origin);
    const won = await this.change(origin, () => this.store.takeProbe(origin, executionId));
    this.asking.delete(origin);
    // Should another one have won, its notification tells so.
    this.learn(
      origin,
      won
        ? { ...circuit, state: 'half_open', probeId: executionId }
        : { ...circuit, probeAt: this.coolDownEnd() },
    );
    return won;
  }

  /** Writes a change; one that the database does not take is made up for by the next sweep. */
  private async change(origin: string, write: () => Promise<boolean>): Promise<boolean> {
    try {
      return await write();
    } catch (error) {
      this.log.warn({ origin }, `Could not write a circuit: ${(error as Error).message}`);
      return false;
    }
  }

  private learn(origin: string, circuit: Known | null): void {
    const known = new Map(this.known);
    if (circuit) known.set(origin, circuit);
    else known.delete(origin);
    this.known = known;
  }

  private coolDownEnd(): Date {
    return new Date(this.now().getTime() + this.rules.coolDownSeconds * 1000);
  }
}
