import { flowMarksOf } from '../../domain/execution/flow-marks.js';
import type { ClaimQueue } from '../../modules/executions/claim-queue.js';
import type { HeldExecution } from '../../modules/executions/claimed-execution.js';
import type { FlowControl, RecordedStart } from '../../modules/executions/flow-control.js';
import type { Attempt } from './attempt.js';
import type { Worker } from './worker.js';

/** Executions that have been running for so long are marked as running; shorter ones go without. */
const MARK_AFTER_MS = 50;
/** What has been claimed for so long without being started is handed back: another worker may be free. */
const HOARD_MS = 2_000;

/** Keeps the worker's leases alive, and notices what was taken away or cancelled. */
export class LeaseKeeper {
  /** To be handed back; kept until the database has answered for it. */
  private readonly givenUp: HeldExecution[] = [];
  private handingBack: Promise<number> | null = null;

  constructor(
    private readonly worker: Worker,
    private readonly queue: ClaimQueue,
    private readonly flow: Pick<FlowControl, 'recordStarts'>,
  ) {}

  /** Renews all leases; stops what is no longer ours. Run it several times a lease. */
  async renewOnce(): Promise<{ held: number; lost: number }> {
    const attempts = this.worker.inHand();
    if (attempts.length === 0) return { held: 0, lost: 0 };
    const claimIds = [...new Set(attempts.map((attempt) => attempt.claimId))];
    const held = await this.queue.renew(this.worker.owner, this.worker.leaseSeconds, claimIds);
    const lost = attempts.filter(
      (attempt) => !attempt.done && !held.has(attempt.claimId) && this.worker.find(attempt.id) === attempt,
    );
    for (const attempt of lost) if (!attempt.done) this.worker.lose(attempt);
    return { held: held.size, lost: lost.length };
  }

  /** Stops what someone asked to cancel, should the notification have been lost. */
  async checkCancelsOnce(): Promise<{ cancelled: number }> {
    const ids = this.worker
      .inHand()
      .filter((attempt) => !attempt.done)
      .map((attempt) => attempt.id);
    if (ids.length === 0) return { cancelled: 0 };
    const asked = await this.queue.cancelsAsked(ids);
    for (const id of asked.keys()) this.worker.find(id)?.stop('cancelled');
    return { cancelled: asked.size };
  }

  /** Marks attempts as running that have been running for a while. */
  async markRunningOnce(): Promise<{ marked: number }> {
    const now = performance.now();
    const due = this.worker
      .inHand()
      .filter(
        (attempt) =>
          attempt.startedAt &&
          !attempt.done &&
          !attempt.markedRunning &&
          now - attempt.startedTick >= MARK_AFTER_MS,
      );
    if (due.length === 0) return { marked: 0 };
    await this.queue.markRunning(
      this.worker.owner,
      due.map((attempt) => ({ ...attempt.held, ...startOf(attempt) })),
    );
    const rated = due.filter((attempt) => flowMarksOf(attempt.execution.options).isRated);
    if (rated.length > 0) await this.flow.recordStarts(rated.map(startOf));
    for (const attempt of due) attempt.markedRunning = true;
    return { marked: due.length };
  }

  /**
   * Hands back what waits here in vain because everything that runs takes long.
   * @param olderThanMs what waits here for longer; 0: everything
   */
  async releaseHoardOnce(olderThanMs = HOARD_MS): Promise<{ released: number }> {
    this.givenUp.push(...this.worker.giveUpBuffered(olderThanMs));
    if (this.givenUp.length === 0) return { released: 0 };
    this.handingBack ??= this.handBack();
    return { released: await this.handingBack };
  }

  /** One statement at a time, until nothing is left: what is given up meanwhile goes along. */
  private async handBack(): Promise<number> {
    let released = 0;
    try {
      while (this.givenUp.length > 0) {
        const held = [...this.givenUp];
        released += await this.queue.release(this.worker.owner, held);
        this.givenUp.splice(0, held.length);
      }
    } finally {
      this.handingBack = null;
    }
    return released;
  }
}

function startOf({ id, execution, startedAt }: Attempt): RecordedStart {
  return { executionId: id, attempt: execution.attempt, startedAt: startedAt as Date };
}
