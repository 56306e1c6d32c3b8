import { Injectable } from '@nestjs/common';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  ABANDON_PROBES,
  CLOSE_CIRCUITS,
  FORGET_CIRCUITS,
  KNOWN_CIRCUITS,
  OPEN_CIRCUIT,
  PROBE_WAITING,
  PUT_OFF,
  READ_CIRCUITS,
  RELEASE_WAITS,
  REOPEN_CIRCUIT,
  TAKE_PROBE,
} from '../../platform/database/sql/circuits.sql.js';

/** Executions that are let go in one statement. */
const BATCH = 5_000;

/** A circuit that is not closed. */
export interface Circuit {
  origin: string;
  state: 'open' | 'half_open';
  /** What the call said that opened it, or the last probe. */
  reason: string;
  /** Failures in a row that opened it. */
  failures: number;
  /** Probes that failed since then. */
  probes: number;
  openedAt: Date;
  /** From when on one execution may probe. */
  probeAt: Date;
  /** The execution that probes. */
  probeId: string | null;
  /** Executions that wait for it. */
  waiting: number;
}

/** An execution that a worker may not start. */
export interface PutOff {
  claimId: string;
  executionId: string;
  attempt: number;
  origin: string;
}

/** It waits; it need not any more, and is ready; it is to be cancelled instead, and still claimed. */
export type PutOffResult = 'waits' | 'ready' | 'cancelled';

/** What a worker must know of a circuit that is not closed. */
export type KnownCircuit = Pick<Circuit, 'origin' | 'state' | 'probeAt' | 'probeId'>;

type KnownRow = Omit<KnownCircuit, 'state'> & { state: KnownCircuit['state'] | null };

/** The circuits of all workers, and the executions that wait for one. */
@Injectable()
export class CircuitStore {
  constructor(private readonly database: HotDatabase) {}

  /** @returns the circuits that are not closed, by origin, with how many wait for each */
  read(): Promise<Circuit[]> {
    return this.database.rows<Circuit>(READ_CIRCUITS, []);
  }

  /** @returns what workers must know, and whether any execution still waits for a closed circuit */
  async known(): Promise<{ circuits: KnownCircuit[]; releasable: boolean }> {
    const rows = await this.database.rows<KnownRow>(KNOWN_CIRCUITS, []);
    const circuits = rows.filter((row): row is KnownCircuit => row.state !== null);
    return { circuits, releasable: circuits.length < rows.length };
  }

  /** @returns whether it was this call that opened it */
  async open(origin: string, reason: string, failures: number, coolDownSeconds: number): Promise<boolean> {
    return this.any(OPEN_CIRCUIT, [origin, reason, failures, coolDownSeconds]);
  }

  /** Makes an execution the probe of a circuit. @returns false: none is due, or another one is it */
  takeProbe(origin: string, executionId: string): Promise<boolean> {
    return this.any(TAKE_PROBE, [origin, executionId]);
  }

  /** Lets a waiting execution probe each circuit that is due; forgets those that nobody has needed for a day. */
  async probe(): Promise<void> {
    await this.database.rows(ABANDON_PROBES, []);
    await this.database.rows(FORGET_CIRCUITS, []);
    await this.database.rows(PROBE_WAITING, []);
  }

  /** @param reason null: the probe said nothing of the origin */
  reopen(origin: string, probeId: string, coolDownSeconds: number, reason: string | null): Promise<boolean> {
    return this.any(REOPEN_CIRCUIT, [origin, probeId, coolDownSeconds, reason]);
  }

  /** Closes a circuit that its probe has found well. */
  async close(origin: string, probeId: string): Promise<boolean> {
    const closed = await this.any(CLOSE_CIRCUITS, [origin, probeId]);
    if (closed) await this.release();
    return closed;
  }

  /** Closes one circuit, or all, whatever their state, and lets go what waits. @returns how many were not closed */
  async reset(origin: string | null): Promise<number> {
    const closed = await this.database.rows(CLOSE_CIRCUITS, [origin, null]);
    await this.release();
    return closed.length;
  }

  /** Lets go what waits for closed circuits. */
  async release(): Promise<void> {
    for (let seen = BATCH; seen === BATCH;) {
      const [row] = await this.database.rows<{ seen: number }>(RELEASE_WAITS, [BATCH]);
      seen = row?.seen ?? 0;
    }
  }

  /**
   * Puts off executions that the owner has claimed, each under an origin; no attempt is used up.
   * @returns what became of those that are still the owner's
   */
  async putOff(owner: string, entries: readonly PutOff[]): Promise<Map<string, PutOffResult>> {
    const rows = await this.database.rows<{ executionId: string; result: PutOffResult }>(PUT_OFF, [
      owner,
      entries.map((entry) => entry.claimId),
      entries.map((entry) => entry.executionId),
      entries.map((entry) => entry.attempt),
      entries.map((entry) => entry.origin),
    ]);
    return new Map(rows.map((row) => [row.executionId, row.result]));
  }

  private async any(...statement: Parameters<HotDatabase['rows']>): Promise<boolean> {
    return (await this.database.rows(...statement)).length > 0;
  }
}
