import { Logger } from '@nestjs/common';
import type { AttemptResult } from '../../modules/executions/attempt-result.js';
import type { Settlement } from '../../modules/executions/settlement.js';
import { Batcher } from '../../platform/batching/batcher.js';
import { isConnectionError } from '../../platform/database/connection-error.js';

const BATCH = 1_000;
const IN_FLIGHT = 2;
/** Nothing waits for a record but whoever looks at it: the more results come, the longer they wait to share a statement. */
const SHORTEST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 15;
const WAIT_MS_A_RESULT = 0.4;
const WORTH_AT_ONCE = 200;
const RETRY_MS = 250;
const NOT_STORABLE = 'result_not_storable';

/**
 * Records results in batches. A result is kept until the database has answered for it; when the database is
 * away, it is tried again. Whether the lease still holds then is for the fence to say.
 */
export class Settler {
  private readonly log = new Logger(Settler.name);
  private readonly batcher = new Batcher<AttemptResult>({
    size: BATCH,
    inFlight: IN_FLIGHT,
    everyMs: (last) => Math.min(Math.max(last * WAIT_MS_A_RESULT, SHORTEST_WAIT_MS), LONGEST_WAIT_MS),
    worthAtOnce: WORTH_AT_ONCE,
    flush: (batch) => this.flush(batch),
  });
  private abandoned = false;

  /** @param onSettled called for each result that the database has answered for, accepted or refused */
  constructor(
    private readonly settlement: Settlement,
    private readonly owner: string,
    private readonly onSettled: (result: AttemptResult, accepted: boolean) => void,
  ) {}

  add(result: AttemptResult): void {
    this.batcher.add(result);
  }

  /** Resolves once every result has been answered for. */
  drained(): Promise<void> {
    return this.batcher.drained();
  }

  /** Gives up what is still waiting: its leases run out, and the reaper decides. */
  abandon(): void {
    this.abandoned = true;
    this.batcher.abandon();
  }

  private async flush(batch: AttemptResult[]): Promise<void> {
    const retryLater = await this.settle(batch);
    if (retryLater.length > 0 && !this.abandoned) this.batcher.again(retryLater, RETRY_MS);
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
