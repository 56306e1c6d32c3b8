import { Injectable } from '@nestjs/common';
import { storableJson } from '../../domain/execution/storable-json.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { ENQUEUE_FLOW } from '../../platform/database/sql/flow.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { EnqueueRequest } from './enqueue-request.js';
import { FlowControl, type SlotUse } from './flow-control.js';

/** An execution of a flow-controlled job, as it is to be recorded. */
export interface FlowEntry {
  id: string;
  request: EnqueueRequest & { scheduledFor?: Date };
}

/** Records executions of flow-controlled jobs: each is admitted if a slot is free, else held. */
@Injectable()
export class FlowEnqueuer {
  constructor(
    private readonly database: HotDatabase,
    private readonly flow: FlowControl,
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

  /** Records entries under slots that the transaction has locked; `uses` is counted up. */
  async record(
    runner: StatementRunner,
    entries: readonly FlowEntry[],
    uses: Map<string, SlotUse>,
  ): Promise<string[]> {
    const known = entries.filter((entry) => uses.has(entry.request.jobId));
    if (known.length === 0) return [];
    const rows = await runner.rows<{ id: string }>(ENQUEUE_FLOW, [
      known.map((entry) => entry.id),
      known.map((entry) => entry.request.jobId),
      known.map((entry) => entry.request.trigger),
      known.map((entry) => entry.request.scheduledFor ?? null),
      known.map((entry) => entry.request.startAt ?? null),
      known.map((entry) => storableJson(entry.request.payload)),
      known.map((entry) => entry.request.retryParentId ?? null),
      known.map((entry) => entry.request.by),
      known.map((entry) => admit(entry, uses.get(entry.request.jobId))),
      known.map((entry) => entry.request.workflowStepId ?? null),
      known.map((entry) => entry.request.priority ?? null),
      known.map((entry) => entry.request.maxAttempts ?? null),
      known.map((entry) => storableJson(entry.request.options)),
    ]);
    return rows.map((row) => row.id);
  }
}

/** Takes a slot if one is free, nobody who could start now waits for it, and the execution may start now. */
function admit(entry: FlowEntry, use: SlotUse | undefined): boolean {
  const { startAt } = entry.request;
  if (!use || (startAt && startAt > use.readAt)) return false;
  const free = use.limit === null || use.active < use.limit;
  if (!free || use.anyDue) {
    use.anyDue = true;
    return false;
  }
  use.active++;
  return true;
}
