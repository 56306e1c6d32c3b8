import { Injectable } from '@nestjs/common';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { CANCELS_ASKED } from '../../platform/database/sql/cancel.sql.js';
import { CLAIM, NEXT_DUE } from '../../platform/database/sql/claim.sql.js';
import { MARK_RUNNING, RELEASE, RENEW_LEASES } from '../../platform/database/sql/lease.sql.js';
import { timeOrderedId } from '../../platform/ids/time-ordered-id.js';
import { claimedExecution, type Claim, type ClaimedRow, type HeldExecution } from './claimed-execution.js';
import type { LowWaterMarks } from './low-water-marks.js';

/** An attempt that has been running for a while. */
export interface RunningAttempt extends HeldExecution {
  attempt: number;
  startedAt: Date;
}

/** The queue as a worker sees it: claim, renew, mark, hand back. Every write is fenced by the owner's claims. */
@Injectable()
export class ClaimQueue {
  constructor(private readonly database: HotDatabase) {}

  /** Claims up to `limit` executions that may start now; null when there are none. */
  async claim(
    owner: string,
    limit: number,
    leaseSeconds: number,
    marks: LowWaterMarks,
  ): Promise<Claim | null> {
    const claimId = timeOrderedId();
    const rows = await this.database.rows<ClaimedRow>(CLAIM, [
      marks.priorities,
      marks.next(),
      claimId,
      owner,
      limit,
      leaseSeconds,
    ]);
    marks.passed(rows);
    return rows.length > 0 ? { claimId, executions: rows.map(claimedExecution) } : null;
  }

  /** Seconds until the next execution becomes due (not positive: since the last claim); null when none waits. */
  async secondsToNextDue(marks: LowWaterMarks): Promise<number | null> {
    const [row] = await this.database.rows<{ seconds: number | null }>(NEXT_DUE, [
      marks.priorities,
      marks.secondsSinceScan(),
    ]);
    return row?.seconds ?? null;
  }

  /** Renews leases of the owner. @returns those of the claims that it still holds */
  async renew(owner: string, leaseSeconds: number, claimIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.database.rows<{ claimId: string }>(RENEW_LEASES, [owner, leaseSeconds, claimIds]);
    return new Set(rows.map((row) => row.claimId));
  }

  async markRunning(owner: string, attempts: readonly RunningAttempt[]): Promise<void> {
    await this.database.rows(MARK_RUNNING, [
      owner,
      attempts.map((attempt) => attempt.claimId),
      attempts.map((attempt) => attempt.executionId),
      attempts.map((attempt) => attempt.attempt),
      attempts.map((attempt) => attempt.startedAt),
    ]);
  }

  /** Hands back what was claimed and not started; its attempt does not count. @returns how many */
  async release(owner: string, held: readonly HeldExecution[]): Promise<number> {
    const [row] = await this.database.rows<{ released: number }>(RELEASE, [
      owner,
      held.map(({ claimId }) => claimId),
      held.map(({ executionId }) => executionId),
    ]);
    return row?.released ?? 0;
  }

  /** Which of these executions someone has asked to cancel, with the reason. */
  async cancelsAsked(executionIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.database.rows<{ executionId: string; reason: string }>(CANCELS_ASKED, [
      executionIds,
    ]);
    return new Map(rows.map((row) => [row.executionId, row.reason]));
  }
}
