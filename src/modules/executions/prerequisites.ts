import { Injectable } from '@nestjs/common';
import { isFinal, type ExecutionState, type FinalState } from '../../domain/execution/state.js';
import { decideWaiting, type Prerequisite } from '../../domain/execution/waiting.js';
import type { DependencyCondition, DependencyMode } from '../../domain/job/dependencies.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  ADD_PREREQUISITES,
  END_WAITING,
  LOCK_PREREQUISITES,
  NOTE_ENDS,
  READ_PREREQUISITES,
  READ_WAITING,
  RELEASE_WAITING,
  WAITING_JOBS,
} from '../../platform/database/sql/dependencies.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { Consequences, type Follower } from './consequences.js';
import type { EndedExecution } from './ended-execution.js';
import { FlowControl } from './flow-control.js';

/** What a job waits for. */
export interface Awaited {
  mode: DependencyMode;
  prerequisites: Prerequisite[];
}

interface PrerequisiteRow {
  dependentId: string;
  mode: DependencyMode;
  jobId: string;
  name: string;
  condition: DependencyCondition;
  endedState: FinalState | null;
  endedAt: Date | null;
}

interface WaitingRow {
  executionId: string;
  jobId: string;
  freshAfter: Date | null;
}

const NOTHING: Awaited = { mode: 'all', prerequisites: [] };

/** Executions that wait for other jobs: released or ended in the transaction that ends what they wait for. */
@Injectable()
export class Prerequisites implements Follower {
  constructor(
    private readonly database: HotDatabase,
    private readonly flow: FlowControl,
    private readonly consequences: Consequences,
  ) {
    consequences.register(this);
  }

  /** Takes the locks of everything that can follow, before other followers take any. */
  async prepare(
    runner: StatementRunner,
    ended: readonly EndedExecution[],
    starting: readonly string[],
  ): Promise<void> {
    const jobs = new Set([...ended.filter(hasEnded).map((execution) => execution.jobId), ...starting]);
    if (jobs.size > 0) await this.lock(runner, [...jobs]);
  }

  /** Decides over what waits for the jobs of ended executions. */
  async follow(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    const ids = ended.filter(hasEnded).map((execution) => execution.executionId);
    if (ids.length === 0) return;
    const dependents = await runner.rows<{ jobId: string }>(NOTE_ENDS, [ids]);
    await this.decide(
      runner,
      dependents.map((row) => row.jobId),
    );
  }

  /** Orders decisions over these jobs, and over all that depends on them, until the transaction ends. */
  async lock(runner: StatementRunner, jobIds: readonly string[]): Promise<void> {
    await runner.rows(LOCK_PREREQUISITES, [jobIds]);
  }

  /** Notes from now on how these jobs end. */
  async add(runner: StatementRunner, jobIds: readonly string[]): Promise<void> {
    if (jobIds.length > 0) await runner.rows(ADD_PREREQUISITES, [jobIds]);
  }

  /** What each of the jobs waits for; jobs without prerequisites are missing. */
  async of(runner: StatementRunner, jobIds: readonly string[]): Promise<Map<string, Awaited>> {
    const awaited = new Map<string, Awaited>();
    for (const row of await runner.rows<PrerequisiteRow>(READ_PREREQUISITES, [jobIds])) {
      const { dependentId, mode, jobId, name, condition, endedState, endedAt } = row;
      const known = awaited.get(dependentId) ?? { mode, prerequisites: [] };
      const end = endedState && endedAt && { state: endedState, at: endedAt };
      known.prerequisites.push({ jobId, name, condition, end });
      awaited.set(dependentId, known);
    }
    return awaited;
  }

  /**
   * Decides over the executions of these jobs that wait: each goes on to wait for a slot, ends, or waits on. The
   * transaction holds `lock`.
   * @param gone prerequisites that are being deleted
   */
  async decide(
    runner: StatementRunner,
    jobIds: readonly string[],
    gone: readonly string[] = [],
  ): Promise<void> {
    if (jobIds.length === 0) return;
    const waiting = await runner.rows<WaitingRow>(READ_WAITING, [jobIds]);
    if (waiting.length === 0) return;
    const awaited = await this.of(runner, jobIds);
    const released: WaitingRow[] = [];
    const ended: { executionId: string; reason: string }[] = [];
    for (const row of waiting) {
      const { mode, prerequisites } = awaited.get(row.jobId) ?? NOTHING;
      const judged = prerequisites.map((one) => ({ ...one, gone: gone.includes(one.jobId) }));
      const decision = decideWaiting(mode, judged, row.freshAfter);
      if (decision.kind === 'run') released.push(row);
      if (decision.kind === 'impossible')
        ended.push({ executionId: row.executionId, reason: decision.reason });
    }
    if (released.length > 0) await this.release(runner, released);
    if (ended.length > 0) await this.end(runner, ended);
  }

  /**
   * Decides again over everything that waits, from the record. Finds something only where a job became a
   * prerequisite in the very moment in which it ended.
   * @returns the jobs that wait
   */
  async mend(): Promise<number> {
    const jobs = await this.database.rows<{ jobId: string; dependsOn: string[] }>(WAITING_JOBS, []);
    for (const { jobId, dependsOn } of jobs) {
      await this.database.transaction(async (runner) => {
        await this.lock(runner, [jobId]);
        await this.add(runner, dependsOn);
        await this.decide(runner, [jobId]);
      });
    }
    return jobs.length;
  }

  private async release(runner: StatementRunner, released: readonly WaitingRow[]): Promise<void> {
    const jobIds = [...new Set(released.map((row) => row.jobId))].sort();
    await this.flow.admitWithin(runner, jobIds, () =>
      runner.rows(RELEASE_WAITING, [released.map((row) => row.executionId)]),
    );
  }

  private async end(
    runner: StatementRunner,
    impossible: readonly { executionId: string; reason: string }[],
  ): Promise<void> {
    const ended = await runner.rows<EndedExecution>(END_WAITING, [
      impossible.map((one) => one.executionId),
      impossible.map((one) => one.reason),
    ]);
    await this.consequences.apply(runner, ended);
  }
}

function hasEnded({ state }: EndedExecution): boolean {
  return isFinal(state as ExecutionState);
}
