import { Injectable } from '@nestjs/common';
import type { OverlapPolicy } from '../../domain/schedule/schedule.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { LOCK_PREREQUISITES } from '../../platform/database/sql/dependencies.sql.js';
import {
  ADMIT,
  FLOW_JOBS,
  FREE_SLOTS,
  LOCK_DUE_SLOTS,
  NEXT_WAKE,
  READ_SLOTS,
} from '../../platform/database/sql/flow.sql.js';
import { EXPIRE_HELD, POSTPONE, RECORD_STARTS } from '../../platform/database/sql/flow-starts.sql.js';
import { Consequences, type Follower } from './consequences.js';
import type { HeldExecution } from './claimed-execution.js';
import type { EndedExecution } from './ended-execution.js';
import { lockSlots } from './flow-locks.js';
import { adoptRules, mendJob } from './flow-mending.js';
import { admitByRules, freeByRules, readRuled } from './ruled-admission.js';

const JOBS_AT_ONCE = 100;
const EXPIRED_AT_ONCE = 500;

/** How full a flow-controlled job is. */
export interface SlotUse {
  jobId: string;
  overlapPolicy: OverlapPolicy;
  /** Null: no limit. */
  limit: number | null;
  active: number;
  /** Rules decide beside the limit: nothing is admitted but by these. */
  ruled: boolean;
  /** Any execution that waits: for prerequisites, a slot, or its own time (a retry's delay, a jitter). */
  anyHeld: boolean;
  /** Its executions wait for prerequisites first. */
  waits: boolean;
  /** Any that waits for nothing but a slot. */
  anyDue: boolean;
  /** By the database's clock. */
  readAt: Date;
}

/** When an attempt started. */
export interface RecordedStart {
  executionId: string;
  attempt: number;
  startedAt: Date;
}

/** Admission of executions of jobs that have a limit or may not overlap. Other jobs never come here. */
@Injectable()
export class FlowControl implements Follower {
  constructor(
    private readonly database: HotDatabase,
    private readonly consequences: Consequences,
  ) {
    consequences.register(this);
  }

  /** Gives back what ended executions took to those that wait; a rescued one waits again. */
  async follow(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    const concerned = ended.filter((execution) => execution.flow || execution.waitedByRules === true);
    if (concerned.length === 0) return;
    const jobs = distinct(concerned.map((execution) => execution.jobId));
    await lockSlots(runner, jobs);
    const counts = jobs.map(
      (jobId) => concerned.filter((execution) => execution.jobId === jobId && execution.flow).length,
    );
    await runner.rows(FREE_SLOTS, [jobs, counts]);
    await this.admitLocked(runner, jobs, concerned);
  }

  /** Locks what the jobs wait for, then their slots, and reads how full they are. Holds until the transaction ends. */
  async lockAndRead(runner: StatementRunner, jobIds: readonly string[]): Promise<Map<string, SlotUse>> {
    await runner.rows(LOCK_PREREQUISITES, [jobIds]);
    await lockSlots(runner, jobIds);
    const uses = await runner.rows<SlotUse>(READ_SLOTS, [jobIds]);
    return new Map(uses.map((use) => [use.jobId, use]));
  }

  /**
   * Admits what waits of jobs whose slots the transaction has locked.
   * @param ended executions that have given back their slots, but not yet what they took by rules
   * @returns how many were admitted
   */
  async admitLocked(
    runner: StatementRunner,
    jobIds: readonly string[],
    ended: readonly EndedExecution[] = [],
  ): Promise<number> {
    const [row] = await runner.rows<{ admitted: number; ruled: string[] }>(ADMIT, [jobIds]);
    if (!row) return 0;
    let admitted = row.admitted;
    for (const job of row.ruled.length > 0 ? await readRuled(runner, row.ruled) : []) {
      const own = ended.filter((execution) => execution.jobId === job.jobId);
      if (own.length > 0) await freeByRules(runner, job, own);
      const [present] = own.length > 0 ? await readRuled(runner, [job.jobId]) : [job];
      if (present) admitted += await admitByRules(runner, present);
    }
    return admitted;
  }

  /** Makes a change to what waits for slots of these jobs, and admits what may start, in the caller's transaction. */
  async admitWithin(
    runner: StatementRunner,
    jobIds: readonly string[],
    change: () => Promise<unknown>,
  ): Promise<void> {
    await lockSlots(runner, jobIds);
    await change();
    await this.admitLocked(runner, jobIds);
  }

  /** Makes what counts and waits fit the limits of a job that have changed, in the transaction of the change. */
  async limitsChanged(runner: StatementRunner, jobId: string): Promise<void> {
    await this.admitWithin(runner, [jobId], () => adoptRules(runner, jobId));
  }

  /** Admits what waits of these jobs, as far as their limits allow. @returns how many */
  async admit(jobIds: readonly string[]): Promise<number> {
    if (jobIds.length === 0) return 0;
    return this.database.transaction(async (runner) => {
      await lockSlots(runner, jobIds);
      return this.admitLocked(runner, jobIds);
    });
  }

  /** Admits what time alone lets start by now: a delay, a rate, an execution window. @returns how many */
  async admitDue(): Promise<number> {
    let total = 0;
    for (;;) {
      const { found, admitted } = await this.database.transaction(async (runner) => {
        const due = await runner.rows<{ jobId: string }>(LOCK_DUE_SLOTS, [JOBS_AT_ONCE]);
        const jobIds = due.map((row) => row.jobId);
        return {
          found: due.length,
          admitted: due.length > 0 ? await this.admitLocked(runner, jobIds) : 0,
        };
      });
      total += admitted;
      if (found < JOBS_AT_ONCE) return total;
    }
  }

  /** Ends executions that wait for their turn and may not start any more. @returns how many */
  async expireDue(): Promise<number> {
    return this.database.transaction(async (runner) => {
      const expired = await runner.rows<EndedExecution>(EXPIRE_HELD, [EXPIRED_AT_ONCE]);
      await this.consequences.apply(runner, expired);
      return expired.length;
    });
  }

  /** Milliseconds until `admitDue` or `expireDue` next has something to do; null: nothing is known of. */
  async msToNextWake(): Promise<number | null> {
    const [row] = await this.database.rows<{ seconds: number | null }>(NEXT_WAKE, []);
    const seconds = row?.seconds ?? null;
    return seconds === null ? null : Math.max(Math.ceil(seconds * 1000), 0);
  }

  /** Notes when attempts started whose starts a rate counts: so the next ones know how long they wait. */
  async recordStarts(starts: readonly RecordedStart[]): Promise<void> {
    const jobs = await this.database.rows<{ jobId: string }>(RECORD_STARTS, [
      starts.map((start) => start.executionId),
      starts.map((start) => start.attempt),
      starts.map((start) => start.startedAt),
    ]);
    await this.admit(jobs.map((row) => row.jobId));
  }

  /** Takes back what a worker claimed and may not start any more since the execution window has closed. */
  async postpone(owner: string, held: readonly HeldExecution[]): Promise<void> {
    const claimIds = held.map(({ claimId }) => claimId);
    const executionIds = held.map(({ executionId }) => executionId);
    await this.database.transaction(async (runner) => {
      const returned = await runner.rows<EndedExecution>(POSTPONE, [owner, claimIds, executionIds]);
      await this.follow(runner, returned);
    });
  }

  /** Compares every counter with the executions that really hold slots. Answers the jobs that were wrong. */
  async mend(): Promise<string[]> {
    const jobs = (await this.database.rows<{ jobId: string }>(FLOW_JOBS, [])).map((row) => row.jobId);
    const mended: string[] = [];
    for (const jobId of jobs) {
      const wasWrong = await this.database.transaction(async (runner) => {
        await lockSlots(runner, [jobId]);
        const wrong = await mendJob(runner, jobId);
        await this.admitLocked(runner, [jobId]);
        return wrong;
      });
      if (wasWrong) mended.push(jobId);
    }
    return mended;
  }
}

function distinct(jobIds: readonly string[]): string[] {
  return [...new Set(jobIds)].sort();
}
