import { Injectable } from '@nestjs/common';
import { jobNotFound } from '../../domain/errors.js';
import { hourOfId } from '../../domain/execution/run-options.js';
import { storableJson } from '../../domain/execution/storable-json.js';
import { arrayLiteral, sparseColumn } from '../../platform/database/array-literal.js';
import { Batcher } from '../../platform/batching/batcher.js';
import { isConnectionError } from '../../platform/database/connection-error.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { ENQUEUE_CLAIMED } from '../../platform/database/sql/enqueue-claimed.sql.js';
import { READ_HOLD } from '../../platform/database/sql/hold.sql.js';
import { ENQUEUE } from '../../platform/database/sql/enqueue.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { timeOrderedId } from '../../platform/ids/time-ordered-id.js';
import type { ClaimedRow } from './claimed-execution.js';
import type { EnqueueRequest } from './enqueue-request.js';
import { FlowEnqueuer } from './flow-enqueuer.js';
import { type ReservedClaim, HandOver } from './hand-over.js';
import { schedulerPaused } from './queue-hold.js';

interface Entry {
  id: string;
  request: EnqueueRequest;
}

interface Pending extends Entry {
  resolve(id: string): void;
  reject(error: unknown): void;
}

/** Requests in one statement at most. */
const BATCH = 500;
/** Statements in flight at most: more only wait for each other's commit. */
const IN_FLIGHT = 2;
/** NOTIFY takes a database-wide lock at commit: at most one in so many milliseconds, the last one never lost. */
const NOTIFY_EVERY_MS = 2;

const NOTIFY_READY = { name: 'notify_ready', text: `SELECT pg_notify('carillon_ready', '')` };

/**
 * Records new executions. Requests that arrive in the same turn of the event loop share one statement; each
 * caller waits for the commit. An execution that is acknowledged is never lost.
 */
@Injectable()
export class Enqueuer {
  private readonly batcher = new Batcher<Pending>({
    size: BATCH,
    inFlight: IN_FLIGHT,
    flush: (batch) => this.flush(batch),
  });
  private notifiedAt = 0;
  private notifyLater: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: HotDatabase,
    private readonly flow: FlowEnqueuer,
    private readonly handOver: HandOver,
  ) {}

  /**
   * Records one execution.
   * @returns its id, after the commit
   * @throws DomainError job_not_found; scheduler_paused when it is asked for by hand while the queue is held
   */
  enqueue(request: EnqueueRequest): Promise<string> {
    return new Promise((resolve, reject) => {
      this.batcher.add({ id: request.id ?? timeOrderedId(), request, resolve, reject });
    });
  }

  /**
   * Records many executions in as few statements as possible: a statement's share is all or nothing.
   * @returns the ids in the order of the requests; null where the job does not exist
   */
  async enqueueMany(requests: readonly EnqueueRequest[]): Promise<(string | null)[]> {
    const entries = requests.map((request) => ({ id: request.id ?? timeOrderedId(), request }));
    const recorded = new Set(await this.recordPlain(entries));
    const rest = entries.filter((entry) => !recorded.has(entry.id));
    if (rest.length > 0) for (const id of await this.flow.enqueue(rest)) recorded.add(id);
    this.handOver.wake();
    return entries.map((entry) => (recorded.has(entry.id) ? entry.id : null));
  }

  /**
   * Records executions inside the transaction of their cause. They are ready once it commits.
   * @returns the ids in the order of the requests; null where the job does not exist
   */
  async enqueueWithin(
    runner: StatementRunner,
    requests: readonly EnqueueRequest[],
  ): Promise<(string | null)[]> {
    const entries = requests.map((request) => ({ id: request.id ?? timeOrderedId(), request }));
    const rows = await runner.rows<{ id: string }>(
      ENQUEUE,
      columnsOf(entries, { notify: true, alone: false }),
    );
    const recorded = new Set(rows.map((row) => row.id));
    const rest = entries.filter((entry) => !recorded.has(entry.id));
    if (rest.length > 0) for (const id of await this.flow.enqueueWithin(runner, rest)) recorded.add(id);
    return entries.map((entry) => (recorded.has(entry.id) ? entry.id : null));
  }

  private async flush(batch: Pending[]): Promise<void> {
    // What the plain statement leaves out is of flow-controlled jobs, or of jobs that do not exist.
    const rest = await this.answer(batch, (entries) => this.recordOrHandOver(entries));
    const unknown = await this.answer(rest, (entries) => this.flow.enqueue(entries));
    if (unknown.length > 0) await this.refuse(unknown);
  }

  private async refuse(entries: readonly Pending[]): Promise<void> {
    try {
      const [row] = await this.database.rows<{ held: boolean }>(READ_HOLD, []);
      for (const entry of entries) {
        const isRefused = row?.held && isByHand(entry.request);
        entry.reject(isRefused ? schedulerPaused() : jobNotFound(entry.request.jobId));
      }
    } catch (error) {
      for (const entry of entries) entry.reject(error);
    }
  }

  /**
   * Records entries and answers their callers. One that the database refuses must not fail the others: then each
   * is recorded by itself.
   * @returns the entries that `record` left out
   */
  private async answer(
    entries: readonly Pending[],
    record: (entries: readonly Pending[]) => Promise<Iterable<string>>,
  ): Promise<Pending[]> {
    if (entries.length === 0) return [];
    try {
      const recorded = new Set(await record(entries));
      for (const entry of entries) if (recorded.has(entry.id)) entry.resolve(entry.id);
      return entries.filter((entry) => !recorded.has(entry.id));
    } catch (error) {
      if (entries.length === 1 || isConnectionError(error)) {
        for (const entry of entries) entry.reject(error);
        return [];
      }
      const rest: Pending[] = [];
      for (const entry of entries) rest.push(...(await this.answer([entry], record)));
      return rest;
    }
  }

  /** @returns the ids that were recorded: those of plain jobs */
  private async recordOrHandOver(batch: readonly Pending[]): Promise<string[]> {
    let recorded: string[] = [];
    const count = batch.every((entry) => isPlain(entry.request)) ? batch.length : 0;
    await this.handOver.record(count, async (claim) => {
      if (!claim) {
        recorded = await this.recordPlain(batch);
        return [];
      }
      const rows = await this.recordClaimed(batch, claim);
      recorded = rows.map((row) => row.executionId);
      return rows;
    });
    return recorded;
  }

  private recordClaimed(batch: readonly Pending[], claim: ReservedClaim): Promise<ClaimedRow[]> {
    return this.database.rows<ClaimedRow>(ENQUEUE_CLAIMED, [
      arrayLiteral(batch.map((entry) => entry.id)),
      arrayLiteral(batch.map((entry) => entry.request.jobId)),
      arrayLiteral(batch.map((entry) => entry.request.trigger)),
      sparseColumn(batch.map((entry) => storableJson(entry.request.payload))),
      sparseColumn(batch.map((entry) => entry.request.retryParentId ?? null)),
      batch.map((entry) => entry.request.by),
      claim.claimId,
      claim.owner,
      claim.leaseSeconds,
      arrayLiteral(batch.map((entry) => hourOfId(entry.id))),
    ]);
  }

  private async recordPlain(entries: readonly Entry[]): Promise<string[]> {
    const notifies = this.mayNotify();
    const rows = await this.database.rows<{ id: string }>(
      ENQUEUE,
      columnsOf(entries, { notify: notifies, alone: true }),
    );
    // Only now: a notification that is sent before the commit finds nothing.
    if (!notifies) this.notifySoon();
    return rows.map((row) => row.id);
  }

  /** Whether the next statement notifies workers itself; if not, a notification follows its commit shortly. */
  private mayNotify(): boolean {
    const now = performance.now();
    if (now - this.notifiedAt < NOTIFY_EVERY_MS || this.notifyLater) return false;
    this.notifiedAt = now;
    return true;
  }

  private notifySoon(): void {
    this.notifyLater ??= setTimeout(() => {
      this.notifyLater = null;
      this.notifiedAt = performance.now();
      // Should it be lost, the workers' slow poll finds the work.
      this.database.rows(NOTIFY_READY, []).catch(() => undefined);
    }, NOTIFY_EVERY_MS);
  }
}

/** Asked for by a person; while the queue is held, that is refused. */
function isByHand({ trigger }: EnqueueRequest): boolean {
  return trigger === 'manual' || trigger === 'retry';
}

/** Nothing but a job, a payload and a person that asks: it may be born claimed. */
function isPlain(request: EnqueueRequest): boolean {
  const { startAt, workflowStepId, priority, maxAttempts, options } = request;
  if (!isByHand(request)) return false;
  return !startAt && !workflowStepId && priority === undefined && maxAttempts === undefined && !options;
}

/** @param alone whether the statement is a transaction of its own */
function columnsOf(
  entries: readonly Entry[],
  { notify, alone }: { notify: boolean; alone: boolean },
): unknown[] {
  return [
    arrayLiteral(entries.map((entry) => entry.id)),
    arrayLiteral(entries.map((entry) => entry.request.jobId)),
    arrayLiteral(entries.map((entry) => entry.request.trigger)),
    sparseColumn(entries.map((entry) => entry.request.startAt ?? null)),
    sparseColumn(entries.map((entry) => storableJson(entry.request.payload))),
    sparseColumn(entries.map((entry) => entry.request.retryParentId ?? null)),
    entries.map((entry) => entry.request.by),
    notify,
    sparseColumn(entries.map((entry) => entry.request.workflowStepId ?? null)),
    sparseColumn(entries.map((entry) => entry.request.priority ?? null)),
    sparseColumn(entries.map((entry) => entry.request.maxAttempts ?? null)),
    sparseColumn(entries.map((entry) => storableJson(entry.request.options))),
    arrayLiteral(entries.map((entry) => hourOfId(entry.id))),
    alone,
  ];
}
