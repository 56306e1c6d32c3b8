import { Injectable, Logger } from '@nestjs/common';
import { decideOverlap } from '../../domain/execution/overlap.js';
import { hourOfId } from '../../domain/execution/run-options.js';
import { jitterMs } from '../../domain/schedule/jitter.js';
import { Canceller } from '../../modules/executions/canceller.js';
import { FlowControl, type SlotUse } from '../../modules/executions/flow-control.js';
import type { ClaimedRow } from '../../modules/executions/claimed-execution.js';
import { FlowEnqueuer, type FlowEntry } from '../../modules/executions/flow-enqueuer.js';
import { type ReservedClaim, HandOver } from '../../modules/executions/hand-over.js';
import { arrayLiteral } from '../../platform/database/array-literal.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { UNFINISHED_FLOW } from '../../platform/database/sql/cancel.sql.js';
import { CLOCKS_OF, DUE_CLOCKS } from '../../platform/database/sql/due-clocks.sql.js';
import { FIRE, NOTE } from '../../platform/database/sql/fire.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { timeOrderedId } from '../../platform/ids/time-ordered-id.js';
import { clockOf, type Clock, type ClockRow } from './clock.js';
import { notesOf, type Firing, type Note } from './firing.js';

/** An execution to be recorded for a nominal instant. */
interface Due {
  clock: Clock;
  scheduledFor: Date;
}

/** A job whose clock was advanced here, with an execution if the worker of this process got it. */
type FiredRow = ClaimedRow | { jobId: string; executionId: null };

/** Reads clocks and writes firings. */
@Injectable()
export class FiringRepository {
  private readonly log = new Logger(FiringRepository.name);

  constructor(
    private readonly database: HotDatabase,
    private readonly flow: FlowControl,
    private readonly flowEnqueuer: FlowEnqueuer,
    private readonly canceller: Canceller,
    private readonly handOver: HandOver,
  ) {}

  /** A page of the clocks that run out within the horizon, behind a given one. */
  async dueWithin(horizonSeconds: number, limit: number, behind: Clock | null): Promise<Clock[]> {
    const rows = await this.database.rows<ClockRow>(DUE_CLOCKS, [
      horizonSeconds,
      limit,
      behind?.dueAt ?? new Date(0),
      behind?.jobId ?? '00000000-0000-0000-0000-000000000000',
    ]);
    return rows.map(clockOf);
  }

  /** The clocks of given jobs, as far as they run out within the horizon. */
  async clocksOf(jobIds: readonly string[], horizonSeconds: number): Promise<Clock[]> {
    return (await this.database.rows<ClockRow>(CLOCKS_OF, [jobIds, horizonSeconds])).map(clockOf);
  }

  /**
   * Fires clocks that stand alone: one statement. The worker of this process starts the executions at once if it has room.
   * @returns the ids of the jobs whose clock was advanced here; others were advanced or changed elsewhere
   */
  async fire(firings: readonly Firing[]): Promise<Set<string>> {
    const due = firings.flatMap(({ clock, plan }) =>
      plan.fire.map((scheduledFor): Due => ({ clock, scheduledFor })),
    );
    let won = new Set<string>();
    const count = due.every(({ clock }) => clock.jitterSeconds === 0) ? due.length : 0;
    await this.handOver.record(count, async (claim) => {
      const rows = await this.advance(this.database, firings, due, firings.flatMap(notesOf), claim);
      won = new Set(rows.map((row) => row.jobId));
      return rows.filter(isHandedOver);
    });
    return won;
  }

  /** Fires clocks of flow-controlled jobs: what becomes of each instant depends on the job's earlier executions. */
  async fireFlowControlled(firings: readonly Firing[]): Promise<Set<string>> {
    const { won, outdated } = await this.database.transaction(async (runner) => {
      const advanced = await this.advance(runner, firings, [], firings.flatMap(notesOf), null);
      const won = new Set(advanced.map((row) => row.jobId));
      const mine = firings.filter((firing) => won.has(firing.clock.jobId));
      const outdated = mine.length > 0 ? await this.admitOrSkip(runner, mine) : [];
      return { won, outdated };
    });
    // Not in the transaction: it would wait for settlements that wait for the slots it holds.
    if (outdated.length > 0) await this.cancelAll(outdated);
    return won;
  }

  /** @returns the earlier executions that must give way to new ones */
  private async admitOrSkip(runner: StatementRunner, firings: readonly Firing[]): Promise<string[]> {
    const jobIds = firings.map((firing) => firing.clock.jobId).sort();
    const uses = await this.flow.lockAndRead(runner, jobIds);
    const unfinished = await this.unfinished(runner, firings);
    const entries: FlowEntry[] = [];
    const notes: Note[] = [];
    const outdated = new Set<string>();
    for (const { clock, plan } of firings) {
      const use = uses.get(clock.jobId);
      if (!use) continue;
      const earlier = unfinished.get(clock.jobId) ?? [];
      // Decided one after another: an earlier instant of the same batch counts as busy for the later ones.
      const busy = { active: use.active, anyHeld: use.anyHeld };
      for (const scheduledFor of plan.fire) {
        const decision = decideOverlap(clock.overlap, busy);
        if (decision.kind === 'skip') {
          const range = { first: scheduledFor, last: scheduledFor, count: 1 };
          notes.push({ jobId: clock.jobId, range, reason: decision.reason, result: 'skipped' });
          continue;
        }
        if (decision.cancelOthers) for (const id of earlier) outdated.add(id);
        const entry = flowEntryOf(clock, scheduledFor);
        entries.push(entry);
        earlier.push(entry.id);
        occupy(busy, use);
      }
    }
    await this.flowEnqueuer.record(runner, entries, uses);
    if (notes.length > 0) await runner.rows(NOTE, noteColumns(notes));
    return [...outdated];
  }

  /** What has not ended yet, by job, of the jobs whose runs give way to newer ones. */
  private async unfinished(
    runner: StatementRunner,
    firings: readonly Firing[],
  ): Promise<Map<string, string[]>> {
    const clocks = firings.map(({ clock }) => clock).filter((clock) => clock.overlap === 'cancelRunning');
    const found = new Map(clocks.map(({ jobId }): [string, string[]] => [jobId, []]));
    if (found.size === 0) return found;
    const rows = await runner.rows<{ executionId: string; jobId: string }>(UNFINISHED_FLOW, [
      [...found.keys()],
    ]);
    for (const { executionId, jobId } of rows) found.get(jobId)?.push(executionId);
    return found;
  }

  /** The firing is on record already: a failure here leaves earlier executions running, and no more. */
  private async cancelAll(ids: readonly string[]): Promise<void> {
    const reason = 'A newer run of the job takes its place (overlapPolicy cancelRunning).';
    const endUnclaimed = () =>
      this.database.transaction((runner) => this.canceller.cancelUnclaimed(runner, ids, reason));
    try {
      await endUnclaimed();
      await this.canceller.request(this.database, ids, reason);
      // One that waited may have got the slot of one that ended.
      await endUnclaimed();
    } catch (error) {
      this.log.error({ err: error, executionIds: ids }, 'Could not cancel what newer runs replace');
    }
  }

  private async advance(
    runner: StatementRunner,
    firings: readonly Firing[],
    due: readonly Due[],
    notes: readonly Note[],
    claim: ReservedClaim | null,
  ): Promise<FiredRow[]> {
    const ids = due.map(timeOrderedId);
    return runner.rows<FiredRow>(FIRE, [
      arrayLiteral(firings.map((firing) => firing.clock.jobId)),
      arrayLiteral(firings.map((firing) => firing.clock.version.toString())),
      arrayLiteral(firings.map((firing) => seconds(firing.plan.next))),
      arrayLiteral(firings.map((firing) => seconds(firing.plan.accountedUntil))),
      arrayLiteral(ids),
      arrayLiteral(due.map((entry) => entry.clock.jobId)),
      arrayLiteral(due.map((entry) => seconds(entry.scheduledFor))),
      arrayLiteral(due.map(jitterSecondsOf)),
      ...noteColumns(notes),
      arrayLiteral(ids.map(hourOfId)),
      runner === this.database,
      claim?.claimId ?? null,
      claim?.owner ?? null,
      claim?.leaseSeconds ?? null,
    ]);
  }
}

function isHandedOver(row: FiredRow): row is ClaimedRow {
  return row.executionId !== null;
}

function seconds(at: Date | null): number | null {
  return at === null ? null : at.getTime() / 1000;
}

function jitterSecondsOf({ clock, scheduledFor }: Due): number {
  return clock.jitterSeconds === 0 ? 0 : jitterMs(clock.jobId, scheduledFor, clock.jitterSeconds) / 1000;
}

function flowEntryOf(clock: Clock, scheduledFor: Date): FlowEntry {
  const { jobId, jitterSeconds } = clock;
  const startAt = new Date(scheduledFor.getTime() + jitterMs(jobId, scheduledFor, jitterSeconds));
  return {
    id: timeOrderedId(),
    request: { jobId, trigger: 'schedule', scheduledFor, startAt, by: 'scheduler' },
  };
}

function occupy(busy: { active: number; anyHeld: boolean }, use: SlotUse): void {
  if (!busy.anyHeld && (use.limit === null || busy.active < use.limit)) busy.active++;
  else busy.anyHeld = true;
}

function noteColumns(notes: readonly Note[]): unknown[][] {
  return [
    notes.map((note) => note.jobId),
    notes.map((note) => note.range.first),
    notes.map((note) => note.range.last),
    notes.map((note) => note.range.count),
    notes.map((note) => note.result),
    notes.map((note) => note.reason),
  ];
}
