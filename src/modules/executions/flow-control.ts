import { Injectable } from '@nestjs/common';
import type { OverlapPolicy } from '../../domain/schedule/schedule.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { LOCK_PREREQUISITES } from '../../platform/database/sql/dependencies.sql.js';
import {
  ADMIT,
  FLOW_JOBS,
  FREE_SLOTS,
  HELD_DUE,
  LOCK_SLOTS,
  MEND_SLOTS,
  READ_SLOTS,
} from '../../platform/database/sql/flow.sql.js';
import { Consequences, type Follower } from './consequences.js';
import type { EndedExecution } from './ended-execution.js';

/** How full a flow-controlled job is. */
export interface SlotUse {
  jobId: string;
  overlapPolicy: OverlapPolicy;
  /** Null: no limit. */
  limit: number | null;
  active: number;
  /** Any execution that waits: for prerequisites, a slot, or its own time (a retry's delay, a jitter). */
  anyHeld: boolean;
  /** Its executions wait for prerequisites first. */
  waits: boolean;
  /** Any that waits for nothing but a slot. */
  anyDue: boolean;
  /** By the database's clock. */
  readAt: Date;
}

/** Admission of executions of jobs that have a limit or may not overlap. Other jobs never come here. */
@Injectable()
export class FlowControl implements Follower {
  constructor(
    private readonly database: HotDatabase,
    consequences: Consequences,
  ) {
    consequences.register(this);
  }

  /** Gives the slots of ended executions to those that wait; a rescued one keeps its slot. */
  async follow(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    const freed = ended.filter((execution) => execution.flow && execution.state !== 'queued');
    if (freed.length > 0)
      await this.release(
        runner,
        freed.map((execution) => execution.jobId),
      );
  }

  /** Locks what the jobs wait for, then their slots, and reads how full they are. Holds until the transaction ends. */
  async lockAndRead(runner: StatementRunner, jobIds: readonly string[]): Promise<Map<string, SlotUse>> {
    await runner.rows(LOCK_PREREQUISITES, [jobIds]);
    await lock(runner, jobIds);
    const uses = await runner.rows<SlotUse>(READ_SLOTS, [jobIds]);
    return new Map(uses.map((use) => [use.jobId, use]));
  }

  /** Gives back one slot for each entry of `jobIds` and admits what waits for it. */
  async release(runner: StatementRunner, jobIds: readonly string[]): Promise<void> {
    const freed = new Map<string, number>();
    for (const jobId of jobIds) freed.set(jobId, (freed.get(jobId) ?? 0) + 1);
    const jobs = [...freed.keys()];
    await lock(runner, jobs);
    await runner.rows(FREE_SLOTS, [jobs, [...freed.values()]]);
    await runner.rows(ADMIT, [jobs]);
  }

  /** Makes a change to what waits for slots of these jobs, and admits what may start, in the caller's transaction. */
  async admitWithin(
    runner: StatementRunner,
    jobIds: readonly string[],
    change: () => Promise<unknown>,
  ): Promise<void> {
    await lock(runner, jobIds);
    await change();
    await runner.rows(ADMIT, [jobIds]);
  }

  /** Admits what waits of these jobs, as far as slots are free: after a change of limits, or when due. */
  async admit(jobIds: readonly string[]): Promise<number> {
    if (jobIds.length === 0) return 0;
    return this.database.transaction(async (runner) => {
      await lock(runner, jobIds);
      const [row] = await runner.rows<{ admitted: number }>(ADMIT, [jobIds]);
      return row?.admitted ?? 0;
    });
  }

  /** Admits what became due (a retry's delay, a jitter) within the last `lookBackSeconds`. */
  async admitDue(lookBackSeconds: number): Promise<number> {
    const due = await this.database.rows<{ jobId: string }>(HELD_DUE, [lookBackSeconds]);
    return this.admit(due.map((row) => row.jobId).sort());
  }

  /** Compares every counter with the executions that really hold slots. Answers the jobs that were wrong. */
  async mend(): Promise<string[]> {
    const jobs = (await this.database.rows<{ jobId: string }>(FLOW_JOBS, [])).map((row) => row.jobId);
    const mended: string[] = [];
    for (const jobId of jobs) mended.push(...(await this.mendJob(jobId)));
    return mended;
  }

  private async mendJob(jobId: string): Promise<string[]> {
    return this.database.transaction(async (runner) => {
      await lock(runner, [jobId]);
      const wrong = await runner.rows<{ jobId: string }>(MEND_SLOTS, [[jobId]]);
      await runner.rows(ADMIT, [[jobId]]);
      return wrong.map((row) => row.jobId);
    });
  }
}

/**
 * Locks the slots of jobs. The first statement cannot lock rows that it makes itself, nor those that another
 * transaction made while it waited: a second one does.
 */
async function lock(runner: StatementRunner, jobIds: readonly string[]): Promise<void> {
  const locked = await runner.rows(LOCK_SLOTS, [jobIds]);
  if (locked.length < new Set(jobIds).size) await runner.rows(LOCK_SLOTS, [jobIds]);
}
