import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { jobNotFound } from '../../domain/errors.js';
import { storableJson } from '../../domain/execution/storable-json.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { ENQUEUE_CLAIMED } from '../../platform/database/sql/enqueue-claimed.sql.js';
import { ENQUEUE } from '../../platform/database/sql/enqueue.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { ClaimedExecution } from './claimed-execution.js';
import type { EnqueueRequest } from './enqueue-request.js';
import { FlowEnqueuer } from './flow-enqueuer.js';
import type { LocalWorker } from './local-worker.js';

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
  private waiting: Pending[] = [];
  private inFlight = 0;
  private scheduled = false;
  private worker: LocalWorker | null = null;
  private notifiedAt = 0;
  private notifyLater: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: HotDatabase,
    private readonly flow: FlowEnqueuer,
  ) {}

  /** Lets executions be handed to the worker of this process. */
  attach(worker: LocalWorker): void {
    this.worker = worker;
  }

  /**
   * Records one execution.
   * @returns its id, after the commit
   * @throws DomainError job_not_found
   */
  enqueue(request: EnqueueRequest): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id: uuidv7(), request, resolve, reject });
      this.flushSoon();
    });
  }

  /**
   * Records many executions in as few statements as possible: a statement's share is all or nothing.
   * @returns the ids in the order of the requests; null where the job does not exist
   */
  async enqueueMany(requests: readonly EnqueueRequest[]): Promise<(string | null)[]> {
    const entries = requests.map((request) => ({ id: uuidv7(), request }));
    const recorded = await this.record(entries);
    this.worker?.wake();
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
    const entries = requests.map((request) => ({ id: uuidv7(), request }));
    const rows = await runner.rows<{ id: string }>(ENQUEUE, columnsOf(entries, true));
    const recorded = new Set(rows.map((row) => row.id));
    const rest = entries.filter((entry) => !recorded.has(entry.id));
    if (rest.length > 0) for (const id of await this.flow.enqueueWithin(runner, rest)) recorded.add(id);
    return entries.map((entry) => (recorded.has(entry.id) ? entry.id : null));
  }

  private flushSoon(): void {
    if (this.scheduled || this.inFlight >= IN_FLIGHT) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const batch = this.waiting.splice(0, BATCH);
    if (batch.length === 0) return;
    this.inFlight++;
    if (this.waiting.length > 0) this.flushSoon();
    try {
      const recorded = await this.recordOrHandOver(batch);
      for (const entry of batch) {
        if (recorded.has(entry.id)) entry.resolve(entry.id);
        else entry.reject(jobNotFound(entry.request.jobId));
      }
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      this.inFlight--;
      if (this.waiting.length > 0) this.flushSoon();
    }
  }

  private async recordOrHandOver(batch: readonly Pending[]): Promise<Set<string>> {
    const reserved = batch.every((entry) => isPlain(entry.request))
      ? (this.worker?.reserve(batch.length) ?? 0)
      : 0;
    if (!this.worker || reserved < batch.length) {
      this.worker?.unreserve(reserved);
      const recorded = await this.record(batch);
      this.worker?.wake();
      return recorded;
    }
    return this.handOver(batch, this.worker, reserved);
  }

  private async handOver(
    batch: readonly Pending[],
    worker: LocalWorker,
    reserved: number,
  ): Promise<Set<string>> {
    const claimId = uuidv7();
    let executions: ClaimedExecution[] = [];
    try {
      executions = await this.database.rows<ClaimedExecution>(ENQUEUE_CLAIMED, [
        batch.map((entry) => entry.id),
        batch.map((entry) => entry.request.jobId),
        batch.map((entry) => entry.request.trigger),
        batch.map((entry) => storableJson(entry.request.payload)),
        batch.map((entry) => entry.request.retryParentId ?? null),
        batch.map((entry) => entry.request.by),
        claimId,
        worker.owner,
        worker.leaseSeconds,
      ]);
    } finally {
      worker.accept({ claimId, executions }, reserved);
    }
    const handed = new Set(executions.map((execution) => execution.executionId));
    return this.withFlowControlled(batch, handed);
  }

  private async record(entries: readonly Entry[]): Promise<Set<string>> {
    const rows = await this.database.rows<{ id: string }>(ENQUEUE, columnsOf(entries, this.mayNotify()));
    return this.withFlowControlled(entries, new Set(rows.map((row) => row.id)));
  }

  /** Whether the next statement notifies workers itself; if not, a notification follows shortly. */
  private mayNotify(): boolean {
    const now = performance.now();
    if (now - this.notifiedAt >= NOTIFY_EVERY_MS && !this.notifyLater) {
      this.notifiedAt = now;
      return true;
    }
    this.notifyLater ??= setTimeout(() => {
      this.notifyLater = null;
      this.notifiedAt = performance.now();
      // Should it be lost, the workers' slow poll finds the work.
      this.database.rows(NOTIFY_READY, []).catch(() => undefined);
    }, NOTIFY_EVERY_MS * 2);
    return false;
  }

  /** What the plain statement left out is of flow-controlled jobs, or of jobs that do not exist. */
  private async withFlowControlled(entries: readonly Entry[], recorded: Set<string>): Promise<Set<string>> {
    const rest = entries.filter((entry) => !recorded.has(entry.id));
    if (rest.length > 0) for (const id of await this.flow.enqueue(rest)) recorded.add(id);
    return recorded;
  }
}

/** Nothing but a job, a payload and a cause: it may be born claimed. */
function isPlain(request: EnqueueRequest): boolean {
  const { startAt, workflowStepId, priority, maxAttempts, options } = request;
  return !startAt && !workflowStepId && priority === undefined && maxAttempts === undefined && !options;
}

function columnsOf(entries: readonly Entry[], notify: boolean): unknown[] {
  return [
    entries.map((entry) => entry.id),
    entries.map((entry) => entry.request.jobId),
    entries.map((entry) => entry.request.trigger),
    entries.map((entry) => entry.request.startAt ?? null),
    entries.map((entry) => storableJson(entry.request.payload)),
    entries.map((entry) => entry.request.retryParentId ?? null),
    entries.map((entry) => entry.request.by),
    notify,
    entries.map((entry) => entry.request.workflowStepId ?? null),
    entries.map((entry) => entry.request.priority ?? null),
    entries.map((entry) => entry.request.maxAttempts ?? null),
    entries.map((entry) => storableJson(entry.request.options)),
  ];
}
