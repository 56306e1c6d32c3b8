import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import type { CircuitStore, PutOffResult } from '../../../modules/circuits/circuit-store.js';
import { Batcher } from '../../../platform/batching/batcher.js';
import type { Attempt } from '../attempt.js';

const RETRY_MS = 250;

interface Entry {
  attempt: Attempt;
  origin: string;
  settle: (result: PutOffResult | 'lost') => void;
}

/** Puts off attempts that must wait for a circuit; those of one turn of the event loop share a statement. */
export class PutOffs {
  private readonly log = new Logger(PutOffs.name);
  /** Nobody waits for another's tries: every batch goes at once. */
  private readonly batcher = new Batcher<Entry>({
    size: Infinity,
    inFlight: Infinity,
    flush: (batch) => this.flush(batch),
  });

  /** @param leaseMs after so long without the database the lease has run out anyway */
  constructor(
    private readonly store: Pick<CircuitStore, 'putOff'>,
    private readonly owner: string,
    private readonly leaseMs: number,
  ) {}

  /** Resolves once it is on record; keeps trying while the database is away. */
  add(attempt: Attempt, origin: string): Promise<PutOffResult | 'lost'> {
    return new Promise((settle) => this.batcher.add({ attempt, origin, settle }));
  }

  private async flush(batch: readonly Entry[]): Promise<void> {
    const results = await this.record(batch);
    for (const { attempt, settle } of batch) settle(results.get(attempt.id) ?? 'lost');
  }

  private async record(batch: readonly Entry[]): Promise<Map<string, PutOffResult>> {
    const entries = batch.map(({ attempt, origin }) => ({
      claimId: attempt.claimId,
      executionId: attempt.id,
      attempt: attempt.execution.attempt,
      origin,
    }));
    for (const until = performance.now() + this.leaseMs; performance.now() < until;) {
      try {
        return await this.store.putOff(this.owner, entries);
      } catch (error) {
        this.log.warn(`Could not put off executions: ${(error as Error).message}`);
        await pause(RETRY_MS);
      }
    }
    return new Map();
  }
}
