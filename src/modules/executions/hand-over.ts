import { Injectable } from '@nestjs/common';
import { timeOrderedId } from '../../platform/ids/time-ordered-id.js';
import { claimedExecution, type ClaimedRow } from './claimed-execution.js';
import type { LocalWorker } from './local-worker.js';

/** A lease of the worker in this process, which has room: executions recorded under it are claimed from birth. */
export interface ReservedClaim {
  claimId: string;
  owner: string;
  leaseSeconds: number;
}

/** Hands new executions to the worker of this process, if there is one: one commit instead of two, and nothing to wake. */
@Injectable()
export class HandOver {
  private worker: LocalWorker | null = null;

  attach(worker: LocalWorker): void {
    this.worker = worker;
  }

  /** Something is ready in the queue: the worker shall look soon. */
  wake(): void {
    this.worker?.wake();
  }

  /**
   * Has executions recorded in one transaction: under a claim, if there is room for all of them, else for the queue.
   * @param count how many there will be at most; 0: they are for the queue
   * @param record records them; answers those that it has put under the claim, and they are started
   */
  async record(count: number, record: (claim: ReservedClaim | null) => Promise<ClaimedRow[]>): Promise<void> {
    const { worker } = this;
    const reserved = count > 0 ? (worker?.reserve(count) ?? 0) : 0;
    if (!worker || reserved < count || count === 0) {
      worker?.unreserve(reserved);
      await record(null);
      worker?.wake();
      return;
    }
    const claimId = timeOrderedId();
    let rows: ClaimedRow[] = [];
    try {
      rows = await record({ claimId, owner: worker.owner, leaseSeconds: worker.leaseSeconds });
    } finally {
      worker.accept({ claimId, executions: rows.map(claimedExecution) }, reserved);
    }
  }
}
