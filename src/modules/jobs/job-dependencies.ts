import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, IsNull } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DomainError, type FieldFault, invalid } from '../../domain/errors.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import {
  type DependencyCondition,
  type DependencyEdge,
  findCycle,
  type JobDependencies,
} from '../../domain/job/dependencies.js';
import type { WantedRevisions } from '../../domain/job/revision.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { runnerOfManager } from '../../platform/database/manager-runner.js';
import { Prerequisites } from '../executions/prerequisites.js';
import { JobEntity } from './entities/job.entity.js';
import { type LockedJob, JobStore } from './job-store.js';
import { jobTransaction } from './job-transaction.js';

/** Changes of dependencies take turns: two at once could close a cycle that neither sees. */
const CHANGE_LOCK = 'SELECT pg_advisory_xact_lock(4716202)';

/** All dependencies that can be reached from given jobs. */
const EDGES_ABOVE = `
WITH RECURSIVE above (job_id) AS (
  SELECT unnest($1::uuid[])
  UNION
  SELECT d.depends_on_job_id FROM job_dependencies d JOIN above a ON d.job_id = a.job_id
)
SELECT d.job_id AS "jobId", d.depends_on_job_id AS "dependsOnJobId"
FROM job_dependencies d JOIN above a ON d.job_id = a.job_id`;

const INSERT = `
INSERT INTO job_dependencies (id, job_id, depends_on_job_id, condition)
SELECT r.id, $1::uuid, r.depends_on, r.condition FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS r (id, depends_on, condition)`;

/** Sets the mode, and whether executions must be admitted one by one. */
const SET_MODE = `
UPDATE jobs SET dependency_mode = $2::text,
                flow_controlled = $2::text IS NOT NULL OR overlap_policy <> 'allow' OR max_concurrency IS NOT NULL
                                  OR flow_rules IS NOT NULL
WHERE id = $1::uuid`;

/** The same for those of some jobs that have no prerequisites left. */
const CLEAR_MODE = `
UPDATE jobs j SET dependency_mode = NULL, flow_controlled = overlap_policy <> 'allow' OR max_concurrency IS NOT NULL
                                                          OR flow_rules IS NOT NULL
WHERE j.id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT FROM job_dependencies d WHERE d.job_id = j.id)`;

/** Sets the mode of a job that has none yet. */
const ENSURE_MODE = `
UPDATE jobs SET dependency_mode = coalesce(dependency_mode, 'all'), flow_controlled = true WHERE id = $1::uuid`;

const UNLINK = 'DELETE FROM job_dependencies WHERE id = $1::uuid AND job_id = $2::uuid';

/** The jobs whose prerequisites change when some jobs are taken out. */
const CONCERNED = `
SELECT DISTINCT job_id AS "jobId" FROM job_dependencies
WHERE depends_on_job_id = ANY ($1::uuid[]) OR job_id = ANY ($1::uuid[])`;

const FORGET = `
DELETE FROM job_dependencies WHERE depends_on_job_id = ANY ($1::uuid[]) OR job_id = ANY ($1::uuid[])`;

/** Which jobs wait for which. */
@Injectable()
export class JobDependenciesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly store: JobStore,
    private readonly prerequisites: Prerequisites,
  ) {}

  /**
   * Sets what a job waits for, in the place of what it waited for before; null: nothing any more. What waits already
   * is decided anew.
   * @param field how the caller's dialect calls the list of prerequisites
   * @param revisions of the job that the change may start from
   * @throws DomainError job_not_found, validation_failed for unknown prerequisites, dependency_cycle,
   *   precondition_failed
   */
  async set(
    id: string,
    wanted: JobDependencies | null,
    caller: Caller,
    field: string,
    revisions: WantedRevisions = null,
  ): Promise<void> {
    await jobTransaction(this.dataSource, async (manager) => {
      const job = await this.store.lock(manager, id, caller, { wanted: revisions });
      await this.lockChanges(manager);
      if (wanted !== null) await this.check(manager, job, wanted, caller, field);
      await this.write(manager, new Map([[job.id, wanted]]));
      await this.noteChange(manager, job, caller, this.clock.now());
    });
  }

  /** Notes that what a job waits for has been changed. */
  async noteChange(manager: EntityManager, job: LockedJob, caller: Caller, now: Date): Promise<void> {
    // Raises the clock's version: a node that holds the job as it was would fire it without waiting.
    await this.store.writeClock(manager, job.id, { clock: job.clock, skipped: null }, now);
    await this.store.writeJob(manager, job.id, { updatedBy: caller.subject, updatedAt: now });
  }

  /**
   * Keeps every other change of dependencies, and every deletion of a job, out until the transaction ends. To be taken
   * before anything is checked.
   */
  async lockChanges(manager: EntityManager): Promise<void> {
    await manager.query(CHANGE_LOCK);
  }

  /** The names of those of the ids that are jobs of the caller's, not deleted. */
  namesOf(manager: EntityManager, ids: readonly string[], caller: Caller): Promise<Map<string, string>> {
    return namesOf(manager, ids, caller);
  }

  /** All edges that can be reached from jobs towards their prerequisites. */
  edgesAbove(manager: EntityManager, ids: readonly string[]): Promise<DependencyEdge[]> {
    return manager.query<DependencyEdge[]>(EDGES_ABOVE, [ids]);
  }

  /** Sets what jobs wait for; that it may be so has been checked, and `lockChanges` taken. */
  async write(manager: EntityManager, wanted: ReadonlyMap<string, JobDependencies | null>): Promise<void> {
    const concerned = [...wanted].flatMap(([id, dependencies]) => [
      id,
      ...(dependencies?.prerequisites ?? []).map(({ jobId }) => jobId),
    ]);
    await this.prerequisites.lock(runnerOfManager(manager), [...new Set(concerned)]);
    for (const [id, dependencies] of wanted) await this.writeOne(manager, id, dependencies);
  }

  /** Adds one prerequisite; that it may be so has been checked, and `lockChanges` taken. */
  async link(
    manager: EntityManager,
    { id: jobId }: LockedJob,
    { id, dependsOnJobId, condition }: { id: string; dependsOnJobId: string; condition: DependencyCondition },
  ): Promise<void> {
    const runner = runnerOfManager(manager);
    await this.prerequisites.lock(runner, [jobId, dependsOnJobId]);
    await manager.query(INSERT, [jobId, [id], [dependsOnJobId], [condition]]);
    await manager.query(ENSURE_MODE, [jobId]);
    await this.prerequisites.add(runner, [dependsOnJobId]);
    await this.prerequisites.decide(runner, [jobId]);
  }

  /** Removes one prerequisite, with `lockChanges` taken. @returns whether the job had it */
  async unlink(manager: EntityManager, { id: jobId }: LockedJob, id: string): Promise<boolean> {
    const runner = runnerOfManager(manager);
    await this.prerequisites.lock(runner, [jobId]);
    const [, removed] = await manager.query<[unknown, number]>(UNLINK, [id, jobId]);
    if (removed === 0) return false;
    await manager.query(CLEAR_MODE, [[jobId]]);
    await this.prerequisites.decide(runner, [jobId]);
    return true;
  }

  /**
   * Takes jobs that are being deleted out of all dependencies. What waits for an end of one that will never come
   * ends here; other executions of its dependents go on without it.
   */
  async forget(manager: EntityManager, ids: readonly string[]): Promise<void> {
    await manager.query(CHANGE_LOCK);
    const rows = await manager.query<{ jobId: string }[]>(CONCERNED, [ids]);
    if (rows.length === 0) return;
    const dependents = rows.map((row) => row.jobId).filter((jobId) => !ids.includes(jobId));
    const runner = runnerOfManager(manager);
    await this.prerequisites.lock(runner, ids);
    await this.prerequisites.decide(runner, dependents, ids);
    await manager.query(FORGET, [ids]);
    await manager.query(CLEAR_MODE, [[...dependents, ...ids]]);
  }

  private async check(
    manager: EntityManager,
    job: LockedJob,
    { prerequisites }: JobDependencies,
    caller: Caller,
    field: string,
  ): Promise<void> {
    const ids = prerequisites.map((prerequisite) => prerequisite.jobId);
    const known = await namesOf(manager, ids, caller);
    const faults: FieldFault[] = ids.flatMap((id, index) =>
      known.has(id) ? [] : [{ field: `${field}.${index}`, message: `no job has the id ${id}` }],
    );
    if (faults.length > 0) throw invalid(faults);
    const above = await this.edgesAbove(manager, ids);
    const kept = above.filter((edge) => edge.jobId !== job.id);
    const added = ids.map((dependsOnJobId) => ({ jobId: job.id, dependsOnJobId }));
    const cycle = findCycle(job.id, [...added, ...kept]);
    if (cycle) throw await cycleFault(manager, cycle, caller, field);
  }

  private async writeOne(manager: EntityManager, id: string, wanted: JobDependencies | null): Promise<void> {
    const prerequisites = wanted?.prerequisites ?? [];
    const ids = prerequisites.map((prerequisite) => prerequisite.jobId);
    const runner = runnerOfManager(manager);
    await manager.query('DELETE FROM job_dependencies WHERE job_id = $1', [id]);
    await manager.query(INSERT, [
      id,
      prerequisites.map(() => uuidv7()),
      ids,
      prerequisites.map((prerequisite) => prerequisite.condition),
    ]);
    await manager.query(SET_MODE, [id, wanted?.mode ?? null]);
    await this.prerequisites.add(runner, ids);
    await this.prerequisites.decide(runner, [id]);
  }
}

async function namesOf(
  manager: EntityManager,
  ids: readonly string[],
  caller: Caller,
): Promise<Map<string, string>> {
  const rows = await manager.find(JobEntity, {
    where: { id: In([...new Set(ids)]), deletedAt: IsNull() },
    select: { id: true, name: true, projectId: true },
  });
  return new Map(rows.filter((row) => mayAccess(caller, row.projectId)).map((row) => [row.id, row.name]));
}

async function cycleFault(
  manager: EntityManager,
  cycle: readonly string[],
  caller: Caller,
  field: string,
): Promise<DomainError> {
  return invalid(
    [{ field, message: cycleMessage(cycle, await namesOf(manager, cycle, caller)) }],
    'dependency_cycle',
  );
}

/** Says which way a job would wait for itself. @param names of the jobs that may be named */
export function cycleMessage(cycle: readonly string[], names: ReadonlyMap<string, string>): string {
  const way = cycle.map((id) => (names.has(id) ? `"${names.get(id)}" (${id})` : id)).join(' → ');
  return `would let the job wait for itself: ${way}`;
}
