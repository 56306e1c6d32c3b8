import { Injectable } from '@nestjs/common';
import { DomainError, executionNotFound } from '../../domain/errors.js';
import type { RunTally } from '../../domain/execution/health.js';
import { leastIdAt, runOptionsOf, storedOptions } from '../../domain/execution/run-options.js';
import { type ExecutionState, type FailureKind, isFinal } from '../../domain/execution/state.js';
import { isIdentifier } from '../../domain/identifier.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { GatheredReads } from '../../platform/database/gathered-reads.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  LIST_RUNNING_RUNS,
  LIST_RUNS,
  LIST_UNSUCCESSFUL_RUNS,
  LIST_UNSUCCESSFUL_RUNS_OF_JOB,
  READ_RUNS,
  TALLY_RUNS,
} from '../../platform/database/sql/runs.sql.js';
import type { Statement } from '../../platform/database/statement.js';
import type { EnqueueRequest } from '../executions/enqueue-request.js';
import { Enqueuer } from '../executions/enqueuer.js';
import { ExecutionsService } from '../executions/executions.service.js';
import { PayloadRules } from './payload-rules.js';
import type { RunView } from './run.view.js';

type Reader = Pick<Caller, 'projects'>;

/** Which runs to list: those that match all that is given. */
export interface RunFilter {
  jobId?: string;
  projectId?: string;
  states?: readonly ExecutionState[];
  failureKind?: FailureKind;
}

/** Runs as callers of a project see them. */
@Injectable()
export class RunsService {
  private readonly gathered = new GatheredReads<RunView>((ids) => this.many(ids));

  constructor(
    private readonly database: HotDatabase,
    private readonly executions: ExecutionsService,
    private readonly enqueuer: Enqueuer,
    private readonly clock: DatabaseClock,
    private readonly payloads: PayloadRules,
  ) {}

  /** @throws DomainError execution_not_found, also when its project is not the reader's */
  async get(id: string, reader: Reader): Promise<RunView> {
    const run = isIdentifier(id) ? await this.gathered.get(id.toLowerCase()) : undefined;
    if (!run || !mayAccess(reader, run.projectId)) throw executionNotFound(id);
    return run;
  }

  /** Those of many runs that exist, by their ids. */
  async many(ids: readonly string[]): Promise<Map<string, RunView>> {
    const runs = await this.database.rows<RunView>(READ_RUNS, [ids, null]);
    return new Map(runs.map((run) => [run.id, run]));
  }

  /** The newest first, those after the run `before`, at most `limit`. */
  list(filter: RunFilter, before: string | null, limit: number, reader: Reader): Promise<RunView[]> {
    const { jobId, projectId, states, failureKind } = filter;
    const projects = projectId === undefined ? reader.projects : [projectId];
    const values = [projects, jobId ?? null, states ?? null, failureKind ?? null, before, limit];
    return this.database.rows<RunView>(...listing(states, jobId, values));
  }

  /** How the runs of a job ended that were recorded in the last so many seconds. */
  async tally(jobId: string, seconds: number): Promise<RunTally> {
    const from = new Date(this.clock.now().getTime() - seconds * 1000);
    const [row] = await this.database.rows<RunTally>(TALLY_RUNS, [jobId, leastIdAt(from)]);
    if (!row) throw new Error('A tally is always one row');
    return row;
  }

  /**
   * Cancels a run and waits a moment for it to stop.
   * @throws DomainError execution_not_found, execution_finished
   */
  async cancel(id: string, caller: Caller): Promise<RunView> {
    const run = await this.get(id, caller);
    await this.executions.cancel(run.id, { by: caller.subject });
    return this.get(run.id, caller);
  }

  /**
   * Queues a new run with the payload and options of another one.
   * @throws DomainError execution_not_found, job_not_found; validation_failed where the payload breaks the schema that the
   *   job has by now
   */
  async replay(id: string, caller: Caller): Promise<RunView> {
    const { id: parent, jobId, payload, priority, options } = await this.get(id, caller);
    await this.payloads.require(jobId, [{ payload, field: 'payload' }]);
    const replayed = await this.enqueuer.enqueue({
      jobId,
      trigger: 'retry',
      payload: payload ?? undefined,
      priority,
      retryParentId: parent,
      ...replayedOptions(options),
      by: caller.subject,
    });
    return this.get(replayed, caller);
  }

  /**
   * Queues a new execution that repeats one that ended without success, with the same payload and options. One that was stuck is
   * cancelled first, then repeated.
   * @throws DomainError execution_not_found, execution_not_failed, job_not_found; validation_failed where the payload
   *   breaks the schema that the job has by now
   */
  async retry(id: string, { subject: by }: Pick<Caller, 'subject'>): Promise<string> {
    const { jobId, state, payload } = await this.executions.get(id);
    if (!isFinal(state) || state === 'succeeded') {
      throw new DomainError(
        'invalid',
        'execution_not_failed',
        `Execution ${id} is ${state}; only one that failed or was cancelled can be retried.`,
      );
    }
    await this.payloads.require(jobId, [{ payload, field: 'payload' }]);
    const run = (await this.many([id])).get(id);
    return this.enqueuer.enqueue({
      jobId,
      trigger: 'retry',
      payload: payload ?? undefined,
      retryParentId: id,
      ...replayedOptions(run?.options ?? null),
      by,
    });
  }
}

/** The statement that finds runs in some states with the least work, and its values. */
function listing(
  states: readonly ExecutionState[] | undefined,
  jobId: string | undefined,
  values: unknown[],
): [Statement, unknown[]] {
  const allIn = (wanted: readonly ExecutionState[]) =>
    states !== undefined && states.every((state) => wanted.includes(state));
  if (allIn(['running'])) return [LIST_RUNNING_RUNS, values];
  const failed = allIn(['failed']);
  if (!failed && !allIn(['cancelled', 'expired', 'skipped'])) return [LIST_RUNS, values];
  const statement = jobId === undefined ? LIST_UNSUCCESSFUL_RUNS : LIST_UNSUCCESSFUL_RUNS_OF_JOB;
  return [statement, [...values, failed]];
}

/** What holds for a repetition, too; it is a run of its own, so it starts at once and has no key. */
function replayedOptions(options: RunView['options']): Partial<EnqueueRequest> {
  if (options === null) return {};
  const { startAt: _start, idempotencyKey: _key, batchId: _batch, ...run } = runOptionsOf(options);
  return { options: storedOptions(run), maxAttempts: run.maxAttempts };
}
