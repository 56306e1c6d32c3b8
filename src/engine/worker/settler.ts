import { Logger } from '@nestjs/common';
import type { AttemptResult } from '../../modules/executions/attempt-result.js';
import type { Settlement } from '../../modules/executions/settlement.js';
import { isConnectionError } from '../../platform/database/connection-error.js';

const BATCH = 1_000;
/** Statements in flight: while one waits for its commit, the next is on its way. */
const IN_FLIGHT = 2;
const RETRY_MS = 250;
const NOT_STORABLE = 'result_not_storable';

/**
 * Records results in batches. A result is kept until the database has answered for it; when the database is
 * away, it is tried again. Whether the lease still holds then is for the fence to say.
 */
export class Settler {
  private readonly log = new Logger(Settler.name);
  private waiting: AttemptResult[] = [];
  private inFlight = 0;
  private scheduled = false;
  private idle: (() => void)[] = [];
  private abandoned = false;

  /** @param onSettled called for each result that the database has answered for, accepted or refused */
  constructor(
    private readonly settlement: Settlement,
    private readonly owner: string,
    private readonly onSettled: (result: AttemptResult, accepted: boolean) => void,
  ) {}

  add(result: AttemptResult): void {
    this.waiting.push(result);
    this.flushSoon();
  }

  /** Resolves once nothing waits and nothing is in flight. */
  async drained(): Promise<void> {
    if (this.waiting.length === 0 && this.inFlight === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Gives up what is still waiting: its leases run out, and the reaper decides. */
  abandon(): void {
    this.abandoned = true;
    this.waiting = [];
    this.idle.splice(0).forEach((resolve) => resolve());
  }

  private flushSoon(): void {
    if (this.scheduled || this.inFlight >= IN_FLIGHT || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const batch = this.waiting.splice(0, BATCH);
    if (batch.length === 0) return;
    this.inFlight++;
    this.flushSoon();
    const retryLater = await this.settle(batch);
    this.inFlight--;
    if (this.abandoned) return;
    if (retryLater.length > 0) {
      this.waiting.unshift(...retryLater);
      setTimeout(() => this.flushSoon(), RETRY_MS);
      return;
    }
    this.flushSoon();
    if (this.waiting.length === 0 && this.inFlight === 0) this.idle.splice(0).forEach((resolve) => resolve());
  }

  /**
   * A value that is no JSON (a cycle, a bigint) is a TypeError or a RangeError, whatever its message says.
   * @returns what is to be tried again
   */
  private async settle(batch: AttemptResult[]): Promise<AttemptResult[]> {
    try {
      const accepted = await this.settlement.settle(this.owner, batch);
      for (const result of batch) this.onSettled(result, accepted.has(result.executionId));
      return [];
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError) && isConnectionError(error)) {
        this.log.warn(`${batch.length} results wait for the database: ${(error as Error).message}`);
        return batch;
      }
      return this.settleOneByOne(batch, error as Error);
    }
  }

  /** One bad result must not hold up the others: it is recorded as a fault of the system. */
  private async settleOneByOne(batch: AttemptResult[], error: Error): Promise<AttemptResult[]> {
    this.log.error({ err: error }, `A batch of ${batch.length} results was refused by the database`);
    if (batch.length === 1 && batch[0]) return this.settleAsFault(batch[0], error);
    const again: AttemptResult[] = [];
    for (const result of batch) again.push(...(await this.settle([result])));
    return again;
  }

  private settleAsFault(result: AttemptResult, error: Error): AttemptResult[] {
    if (result.error?.code !== NOT_STORABLE) return [asSystemFault(result, error)];
    // Not even the fault can be stored: its lease runs out and the reaper decides.
    this.onSettled(result, false);
    return [];
  }
}

function asSystemFault(result: AttemptResult, cause: Error): AttemptResult {
  const message = `The result could not be stored: ${cause.message}`.replaceAll('\u0000', '');
  return {
    ...result,
    state: 'failed',
    failureKind: 'system',
    output: null,
    trace: null,
    error: { code: NOT_STORABLE, message },
  };
}
