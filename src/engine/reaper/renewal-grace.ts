import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { SERVER_CLOCK } from '../../platform/database/sql/server-clock.sql.js';

/** Workers renew three times a lease. */
const RENEWALS = 3;
/** A renewal that failed is tried again after so long at the latest. */
const TRIED_AGAIN_MS = 5_000;
/** Between two looks that follow each other there is a second; shorter gaps are no outage. */
const SHORTEST_GAP_MS = 2_000;

/**
 * Whether living workers have had the time to renew their leases. After an outage that was longer than a lease all that runs
 * looks lost, and whoever looks first would have it run twice. Each node goes by what it has seen itself: how long the
 * database's clock went on without it, be it that the database was away, that this process was stopped or that the whole
 * machine slept. One that has seen nothing yet goes by the start of the server.
 */
export class RenewalGrace {
  private readonly graceMs: number;
  private readonly longestGapMs: number;
  private seenAt: Date | null = null;
  /** By the monotonic clock. */
  private untilTick = -Infinity;

  constructor(
    private readonly database: StatementRunner,
    leaseSeconds: number,
  ) {
    const renewalMs = (leaseSeconds * 1000) / RENEWALS;
    this.graceMs = renewalMs + TRIED_AGAIN_MS;
    this.longestGapMs = Math.max(renewalMs, SHORTEST_GAP_MS);
  }

  /** Looks at the database; ask it before each rescue. @throws while the database is away */
  async isOver(): Promise<boolean> {
    const [row] = await this.database.rows<{ now: Date; startedAt: Date }>(SERVER_CLOCK, []);
    if (!row) return false;
    const backAt = this.backAt(row);
    this.seenAt = row.now;
    if (backAt) this.untilTick = performance.now() + this.graceMs - (row.now.getTime() - backAt.getTime());
    return performance.now() >= this.untilTick;
  }

  /** Since when the database is there again; null: it was not away since the last look. */
  private backAt({ now, startedAt }: { now: Date; startedAt: Date }): Date | null {
    if (this.seenAt === null) return startedAt;
    return now.getTime() - this.seenAt.getTime() > this.longestGapMs ? now : null;
  }
}
