import { Injectable } from '@nestjs/common';
import { instantOfId, leastIdAt } from '../../domain/execution/run-options.js';
import type { ExecutionState, FailureKind, Trigger } from '../../domain/execution/state.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  LIST_EXECUTIONS,
  SEARCH_PENDING,
  SEARCH_RUNNING,
  SEARCH_UNSUCCESSFUL,
  SEARCH_UNSUCCESSFUL_OF_JOBS,
  WALK_EXECUTIONS,
  WALK_EXECUTIONS_OF_JOBS,
} from '../../platform/database/sql/execution-search.sql.js';
import type { Statement } from '../../platform/database/statement.js';

/** How far an execution is: what can be searched for without walking through the record. */
export const EXECUTION_STAGES = ['pending', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type ExecutionStage = (typeof EXECUTION_STAGES)[number];

/** Which executions to look for: those that match all that is given. */
export interface ExecutionQuery {
  /** Of these jobs alone. */
  jobIds?: readonly string[];
  /** `cancelled` stands for expired and skipped ones, too. */
  stage?: ExecutionStage;
  /** Recorded at or after this instant. */
  from?: Date;
  /** Recorded before this instant. */
  until?: Date;
  /** Only those older than this one: for going on. */
  before?: string;
  limit: number;
}

/** What a list shows of an execution. */
export interface ListedExecution {
  id: string;
  jobId: string;
  /** Null once the job is gone. */
  jobName: string | null;
  state: ExecutionState;
  failureKind: FailureKind | null;
  trigger: Trigger;
  attempt: number;
  maxAttempts: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** The beginning of its error, or of why it was cancelled. */
  reason: string | null;
}

/** What a search has found. */
export interface FoundExecutions {
  /** The newest first. */
  items: ListedExecution[];
  /** The `before` with which to go on; null: there are no more. */
  next: string | null;
  /** Set where the search ended early: older executions than this have not been looked at. */
  searchedBackTo: Date | null;
}

/** A match of a walk, and how far the walk came. */
interface Step {
  id: string | null;
  reached: string | null;
}

/** Executions that one search looks at, at most, where no index leads to the matches. */
const MOST_LOOKED_AT = 10_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** No execution has it: they are UUIDv7. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Searches the record of all jobs, the newest first, at a cost that does not grow with the record: rare states have
 * indexes or thin tables of their own; for the others it looks at a bounded number of executions and tells how far it came.
 */
@Injectable()
export class ExecutionSearch {
  constructor(private readonly database: HotDatabase) {}

  /** @param projects the only ones to look into; null: all */
  async find(query: ExecutionQuery, projects: readonly string[] | null): Promise<FoundExecutions> {
    const { jobIds = null, stage, limit } = query;
    const before = earlier(query.before ?? LAST_ID, query.until ? leastIdAt(query.until) : LAST_ID);
    const from = query.from ? leastIdAt(query.from) : FIRST_ID;
    const range = [before, from, projects, limit + 1];
    switch (stage) {
      case 'failed':
      case 'cancelled': {
        const values = [...range, stage === 'failed'];
        return jobIds === null
          ? this.listed(SEARCH_UNSUCCESSFUL, values, limit)
          : this.listed(SEARCH_UNSUCCESSFUL_OF_JOBS, [...values, jobIds], limit);
      }
      case 'running':
        return this.listed(SEARCH_RUNNING, [...range, jobIds], limit);
      case 'pending':
        return this.listed(SEARCH_PENDING, [...range, jobIds], limit);
      case 'succeeded':
      case undefined:
        return this.walk(range, stage, jobIds, limit);
    }
  }

  private async listed(
    statement: Statement,
    values: readonly unknown[],
    limit: number,
  ): Promise<FoundExecutions> {
    const rows = await this.database.rows<ListedExecution>(statement, values);
    const items = rows.slice(0, limit);
    const next = rows.length > limit ? (items.at(-1)?.id ?? null) : null;
    return { items, next, searchedBackTo: null };
  }

  private async walk(
    range: readonly unknown[],
    stage: 'succeeded' | undefined,
    jobIds: readonly string[] | null,
    limit: number,
  ): Promise<FoundExecutions> {
    const [, , projects] = range;
    // Where each one matches, no more than the page are looked at.
    const share = stage === undefined && projects === null ? 0 : MOST_LOOKED_AT / (jobIds?.length || 1);
    const values = [...range, stage === undefined ? null : [stage], Math.max(limit + 1, Math.floor(share))];
    const rows = await (jobIds === null
      ? this.database.rows<Step>(WALK_EXECUTIONS, values)
      : this.database.rows<Step>(WALK_EXECUTIONS_OF_JOBS, [...values, jobIds]));
    const ids = rows.flatMap(({ id }) => id ?? []);
    const found = await this.listed(LIST_EXECUTIONS, [ids], limit);
    const reached = rows[0]?.reached ?? null;
    if (found.next !== null || reached === null) return found;
    return { ...found, next: reached, searchedBackTo: instantOfId(reached) };
  }
}

function earlier(one: string, other: string): string {
  return one < other ? one : other;
}
