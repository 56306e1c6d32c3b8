import { Logger } from '@nestjs/common';
import type { FlowControl } from '../../modules/executions/flow-control.js';
import { Batcher } from '../../platform/batching/batcher.js';
import { isConnectionError } from '../../platform/database/connection-error.js';
import type { Attempt } from './attempt.js';

/** A window closes on a whole buffer at once; the slots of its jobs stay locked for as long as a batch takes. */
const BATCH = 1_000;
const RETRY_MS = 250;

/** Gives back attempts whose execution window has closed, many in one transaction. */
export class Postponements {
  private readonly log = new Logger(Postponements.name);
  /** One at a time: those of one job would wait for each other anyway, and others want connections, too. */
  private readonly batcher = new Batcher<Attempt>({
    size: BATCH,
    inFlight: 1,
    flush: (batch) => this.flush(batch),
  });
  private abandoned = false;

  /** @param onGone called for each attempt that this worker has no more to do with */
  constructor(
    private readonly flow: Pick<FlowControl, 'postpone'>,
    private readonly owner: string,
    private readonly onGone: (attempt: Attempt) => void,
  ) {}

  add(attempt: Attempt): void {
    attempt.done = true;
    this.batcher.add(attempt);
  }

  /** Resolves once nothing waits to be given back. */
  drained(): Promise<void> {
    return this.batcher.drained();
  }

  /** Gives up what is still waiting: its leases run out, and the reaper decides. */
  abandon(): void {
    this.abandoned = true;
    this.batcher.abandon();
  }

  private async flush(batch: readonly Attempt[]): Promise<void> {
    try {
      await this.flow.postpone(
        this.owner,
        batch.map((attempt) => attempt.held),
      );
    } catch (error) {
      return this.failed(batch, error as Error);
    }
    for (const attempt of batch) this.onGone(attempt);
  }

  /** One that cannot be given back must not hold up the others: then each goes by itself. */
  private async failed(batch: readonly Attempt[], error: Error): Promise<void> {
    const [first] = batch;
    if (isConnectionError(error)) {
      this.log.warn(`${batch.length} executions to postpone wait for the database: ${error.message}`);
      if (!this.abandoned) this.batcher.again(batch, RETRY_MS);
    } else if (first && batch.length === 1) {
      this.log.error({ err: error, executionId: first.id }, 'Could not postpone; it will be rescued');
      this.onGone(first);
    } else for (const attempt of batch) await this.flush([attempt]);
  }
}
