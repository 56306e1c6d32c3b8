import { Logger } from '@nestjs/common';
import type { AttemptResult } from '../../modules/executions/attempt-result.js';
import type { Settlement } from '../../modules/executions/settlement.js';
import { Batcher } from '../../platform/batching/batcher.js';
import { isConnectionError, isValueError } from '../../platform/database/connection-error.js';

const BATCH = 1_000;
const IN_FLIGHT = 2;
/** Nothing waits for a record but whoever looks at it: the more results come, the longer they wait to share a statement. */
const SHORTEST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 40;
const WAIT_MS_A_RESULT = 0.4;
const WORTH_AT_ONCE = 500;
const RETRY_MS = 250;
const NOT_STORABLE = 'result_not_storable';

/**
 * Records results in batches. A result is kept until the database has answered for it, and tried again after whatever error
 * is not its own. Whether the lease still holds then is for the fence to say.
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
    const unanswered = new Set(batch);
    const reason = await this.settle(batch, unanswered).catch((error: Error) => error);
    if (reason) this.log.warn(`${unanswered.size} results wait for the database: ${reason.message}`);
    if (!this.abandoned) this.batcher.again([...unanswered], RETRY_MS);
  }

  /**
   * Takes out of `unanswered` what is answered for; the rest is to be tried again.
   * @returns why some of it is
   * @throws when the database is away: none of the others would fare better
   */
  private async settle(
    batch: readonly AttemptResult[],
    unanswered: Set<AttemptResult>,
  ): Promise<Error | null> {
    const accepted = new Set<string>();
    try {
      await this.settlement.settle(this.owner, batch, accepted);
      this.answered(batch, accepted, unanswered);
      return null;
    } catch (thrown) {
      const error = thrown as Error;
      // A part may have been committed before.
      const done = batch.filter((result) => accepted.has(result.executionId));
      const rest = batch.filter((result) => !accepted.has(result.executionId));
      this.answered(done, accepted, unanswered);
      const isOwn = isValueError(error);
      if (isConnectionError(error) && !isOwn) throw error;
      if (rest.length > 1) return this.settleOneByOne(rest, unanswered, error);
      if (isOwn) for (const result of rest) this.settleAsFault(result, unanswered, error);
      return isOwn ? null : error;
    }
  }

  private answered(
    results: readonly AttemptResult[],
    accepted: ReadonlySet<string>,
    unanswered: Set<AttemptResult>,
  ): void {
    for (const result of results) {
      unanswered.delete(result);
      this.onSettled(result, accepted.has(result.executionId));
    }
  }

  /** One bad result must not hold up the others. */
  private async settleOneByOne(
    batch: readonly AttemptResult[],
    unanswered: Set<AttemptResult>,
    error: Error,
  ): Promise<Error | null> {
    this.log.error({ err: error }, `A batch of ${batch.length} results was refused by the database`);
    let reason: Error | null = null;
    for (const result of batch) reason = (await this.settle([result], unanswered)) ?? reason;
    return reason;
  }

  /** What cannot be stored is recorded as a fault of the system. */
  private settleAsFault(result: AttemptResult, unanswered: Set<AttemptResult>, error: Error): void {
    const { executionId } = result;
    this.log.error({ err: error, executionId }, 'A result could not be stored');
    unanswered.delete(result);
    if (result.error?.code !== NOT_STORABLE) unanswered.add(asSystemFault(result, error));
    // Not even the fault can be stored: its lease runs out and the reaper decides.
    else this.onSettled(result, false);
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
