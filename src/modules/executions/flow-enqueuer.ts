import { Injectable } from '@nestjs/common';
import type { Trigger } from '../../domain/execution/state.js';
import { storableJson } from '../../domain/execution/storable-json.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { ENQUEUE_WAITING } from '../../platform/database/sql/dependencies.sql.js';
import { ENQUEUE_FLOW } from '../../platform/database/sql/flow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { EnqueueRequest } from './enqueue-request.js';
import { FlowControl, type SlotUse } from './flow-control.js';
import { Prerequisites } from './prerequisites.js';

/** An execution of a flow-controlled job, as it is to be recorded. */
export interface FlowEntry {
  id: string;
  request: EnqueueRequest & { scheduledFor?: Date };
}

/**
 * What starts executions that wait for the job's prerequisites. A retry repeats one that has waited already, and
 * the steps of a workflow wait for each other.
 */
const WAITING_TRIGGERS: ReadonlySet<Trigger> = new Set(['schedule', 'manual', 'dependency', 'backfill']);
/** Where ENQUEUE_FLOW takes one column more than ENQUEUE_WAITING. */
const ADMITTED_AT = 8;

/** Records executions of flow-controlled jobs: each is admitted if a slot is free, else held. */
@Injectable()
export class FlowEnqueuer {
  constructor(
    private readonly database: HotDatabase,
    private readonly flow: FlowControl,
    private readonly prerequisites: Prerequisites,
  ) {}

  /** @returns the ids that were recorded; others are of jobs that do not exist */
  async enqueue(entries: readonly FlowEntry[]): Promise<string[]> {
    return this.database.transaction((runner) => this.enqueueWithin(runner, entries));
  }

  /** The same inside the transaction of their cause. */
  async enqueueWithin(runner: StatementRunner, entries: readonly FlowEntry[]): Promise<string[]> {
    const jobIds = [...new Set(entries.map((entry) => entry.request.jobId))].sort();
    return this.record(runner, entries, await this.flow.lockAndRead(runner, jobIds));
  }

  /**
   * Records entries under slots that the transaction has locked; `uses` is counted up. Those of jobs with
   * prerequisites wait for these first.
   */
  async record(
    runner: StatementRunner,
    entries: readonly FlowEntry[],
    uses: Map<string, SlotUse>,
  ): Promise<string[]> {
    const known = entries.filter((entry) => uses.has(entry.request.jobId));
    const waits = (entry: FlowEntry) =>
      WAITING_TRIGGERS.has(entry.request.trigger) && uses.get(entry.request.jobId)?.waits === true;
    const admitted = known.filter((entry) => !waits(entry));
    return [
      ...(await this.admitOrHold(runner, admitted, uses)),
      ...(await this.wait(runner, known.filter(waits))),
    ];
  }

  private async wait(runner: StatementRunner, entries: readonly FlowEntry[]): Promise<string[]> {
    if (entries.length === 0) return [];
    const rows = await runner.rows<{ id: string }>(ENQUEUE_WAITING, columnsOf(entries));
    await this.prerequisites.decide(runner, [...new Set(entries.map((entry) => entry.request.jobId))].sort());
    return rows.map((row) => row.id);
  }

  private async admitOrHold(
    runner: StatementRunner,
    known: readonly FlowEntry[],
    uses: Map<string, SlotUse>,
  ): Promise<string[]> {
    if (known.length === 0) return [];
    const columns = columnsOf(known);
    const rows = await runner.rows<{ id: string }>(ENQUEUE_FLOW, [
      ...columns.slice(0, ADMITTED_AT),
      known.filter((entry) => admit(entry, uses.get(entry.request.jobId))).map((entry) => entry.id),
      ...columns.slice(ADMITTED_AT),
    ]);
    const ruled = new Set(
      known.map((entry) => entry.request.jobId).filter((jobId) => uses.get(jobId)?.ruled),
    );
    if (ruled.size > 0) await this.flow.admitLocked(runner, [...ruled].sort());
    return rows.map((row) => row.id);
  }
}

/** What ENQUEUE_WAITING takes. */
function columnsOf(entries: readonly FlowEntry[]): unknown[][] {
  return [
    entries.map((entry) => entry.id),
    entries.map((entry) => entry.request.jobId),
    entries.map((entry) => entry.request.trigger),
    entries.map((entry) => entry.request.scheduledFor ?? null),
    entries.map((entry) => entry.request.startAt ?? null),
    entries.map((entry) => storableJson(entry.request.payload)),
    entries.map((entry) => entry.request.retryParentId ?? null),
    entries.map((entry) => entry.request.by),
    entries.map((entry) => entry.request.workflowStepId ?? null),
    entries.map((entry) => entry.request.priority ?? null),
    entries.map((entry) => entry.request.maxAttempts ?? null),
    entries.map((entry) => storableJson(entry.request.options)),
  ];
}

/** Takes a slot if one is free, nobody who could start now waits for it, and the execution may start now. */
function admit(entry: FlowEntry, use: SlotUse | undefined): boolean {
  const { startAt } = entry.request;
  if (!use || use.ruled || (startAt && startAt > use.readAt)) return false;
  const free = use.limit === null || use.active < use.limit;
  if (!free || use.anyDue) {
    use.anyDue = true;
    return false;
  }
  use.active++;
  return true;
}
