import { Injectable } from '@nestjs/common';
import { storableJson } from '../../domain/execution/storable-json.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { SETTLE_SUCCEEDED } from '../../platform/database/sql/settle-succeeded.sql.js';
import { SETTLE } from '../../platform/database/sql/settle.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { AttemptResult } from './attempt-result.js';
import { Consequences } from './consequences.js';
import type { EndedExecution } from './ended-execution.js';
import { plainSuccesses, successColumns } from './plain-success.js';

/** Records how attempts ended. Whoever has lost the lease changes nothing. */
@Injectable()
export class Settlement {
  constructor(
    private readonly database: HotDatabase,
    private readonly consequences: Consequences,
  ) {}

  /**
   * Records a batch: a statement for plain successes, one for other plain ends; one transaction, with all that
   * follows from them, for the others. Answers the ids of the executions whose result was accepted.
   * @param accepted gets these as they are committed: also those of a batch that fails then, which must not be sent again
   */
  async settle(
    owner: string,
    unordered: readonly AttemptResult[],
    accepted = new Set<string>(),
  ): Promise<Set<string>> {
    const results = unordered.toSorted(byId);
    const plain = await this.settleSuccesses(
      owner,
      results.filter((result) => !result.followed),
      accepted,
    );
    const careful = results.filter((result) => result.followed);
    if (plain.length > 0) {
      const rows = await this.write(this.database, owner, plain, false);
      const deferred = new Set(rows.filter((row) => row.state === 'deferred').map((row) => row.executionId));
      for (const row of rows) if (row.state !== 'deferred') accepted.add(row.executionId);
      careful.push(...plain.filter((result) => deferred.has(result.executionId)));
    }
    if (careful.length > 0) {
      for (const id of await this.settleCarefully(owner, careful.sort(byId))) accepted.add(id);
    }
    return accepted;
  }

  /** Records the plain successes among results. @returns what is left to record, or to be refused */
  private async settleSuccesses(
    owner: string,
    batch: readonly AttemptResult[],
    accepted: Set<string>,
  ): Promise<readonly AttemptResult[]> {
    const { results, bucket } = plainSuccesses(batch);
    if (results.length === 0) return batch;
    const [row] = await this.database.rows<{ written: number; ids: string[] | null }>(
      SETTLE_SUCCEEDED,
      successColumns(owner, results, bucket),
    );
    const all = row?.written === results.length;
    const written = new Set(row?.ids);
    for (const { executionId } of results) if (all || written.has(executionId)) accepted.add(executionId);
    return batch.filter((result) => !accepted.has(result.executionId));
  }

  private async settleCarefully(owner: string, results: readonly AttemptResult[]): Promise<string[]> {
    return this.database.transaction(async (runner) => {
      const ended = await this.write(runner, owner, results, true);
      await this.consequences.apply(runner, ended);
      return ended.map((row) => row.executionId);
    });
  }

  /** @param results in the order of their ids */
  private write(
    runner: StatementRunner,
    owner: string,
    results: readonly AttemptResult[],
    careful: boolean,
  ): Promise<EndedExecution[]> {
    return runner.rows<EndedExecution>(SETTLE, [
      [...new Set(results.map((result) => result.claimId))],
      owner,
      results.map((result) => result.claimId),
      results.map((result) => result.executionId),
      results.map((result) => result.jobId),
      results.map((result) => result.attempt),
      results.map((result) => result.state),
      results.map((result) => result.failureKind),
      results.map((result) => result.startedAt),
      results.map((result) => result.finishedAt),
      results.map((result) => storableJson(result.output)),
      results.map((result) => storableJson(result.error)),
      results.map((result) => storableJson(result.trace)),
      results.map((result) => result.retryDelayMs / 1000),
      [...new Set(results.map((result) => result.jobId))],
      careful,
    ]);
  }
}

/** In one order everywhere, so that statements that meet in some executions wait and do not deadlock. */
function byId(a: AttemptResult, b: AttemptResult): number {
  return a.executionId < b.executionId ? -1 : 1;
}
