import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DomainError, invalid } from '../../domain/errors.js';
import { LINEAGE_LIMIT } from '../../domain/execution/lineage.js';
import { isIdentifier } from '../../domain/identifier.js';
import type { Caller } from '../../domain/job/caller.js';
import {
  type DependencyCondition,
  type DependencyEdge,
  findCycle,
  longestWay,
} from '../../domain/job/dependencies.js';
import type { WantedRevisions } from '../../domain/job/revision.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { cycleMessage, JobDependenciesService } from './job-dependencies.js';
import { JobStore, type LockedJob } from './job-store.js';
import { jobTransaction } from './job-transaction.js';

/** One prerequisite of a job. */
export interface DependencyLink {
  id: string;
  jobId: string;
  dependsOnJobId: string;
  condition: DependencyCondition;
  createdAt: Date;
}

/** A job has so many prerequisites at most. */
const MOST_LINKS = 100;

const LINK = `id, job_id AS "jobId", depends_on_job_id AS "dependsOnJobId", condition, created_at AS "createdAt"`;
const LIST = `SELECT ${LINK} FROM job_dependencies WHERE job_id = $1::uuid ORDER BY created_at, id`;
const GET = `SELECT ${LINK} FROM job_dependencies WHERE id = $1::uuid`;

/** All dependencies that lead from given jobs to what waits for them. */
const EDGES_BELOW = `
WITH RECURSIVE below (job_id) AS (
  SELECT unnest($1::uuid[])
  UNION
  SELECT d.job_id FROM job_dependencies d JOIN below b ON d.depends_on_job_id = b.job_id
)
SELECT d.job_id AS "jobId", d.depends_on_job_id AS "dependsOnJobId"
FROM job_dependencies d JOIN below b ON d.depends_on_job_id = b.job_id`;

/** Prerequisites of jobs, one by one. */
@Injectable()
export class JobDependencyLinks {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly store: JobStore,
    private readonly dependencies: JobDependenciesService,
  ) {}

  /** The prerequisites of a job, the oldest first. */
  list(jobId: string): Promise<DependencyLink[]> {
    return this.dataSource.query<DependencyLink[]>(LIST, [jobId]);
  }

  /**
   * Lets a job wait for one job more; for all of them, unless it has been set to wait for any.
   * @param field how the caller's dialect calls the prerequisite
   * @throws DomainError job_not_found, validation_failed, dependency_cycle, dependency_exists, precondition_failed
   */
  async add(
    jobId: string,
    { dependsOnJobId, condition }: Pick<DependencyLink, 'dependsOnJobId' | 'condition'>,
    caller: Caller,
    field: string,
    wanted: WantedRevisions = null,
  ): Promise<DependencyLink> {
    const id = uuidv7();
    await this.change(jobId, caller, wanted, async (manager, job) => {
      const present = await manager.query<DependencyLink[]>(LIST, [jobId]);
      if (present.some((link) => link.dependsOnJobId === dependsOnJobId)) throw alreadyThere(field);
      if (present.length >= MOST_LINKS)
        throw invalid([{ field, message: `a job waits for at most ${MOST_LINKS} jobs` }]);
      await this.check(manager, { jobId, dependsOnJobId }, caller, field);
      await this.dependencies.link(manager, job, { id, dependsOnJobId, condition });
    });
    const [link] = await this.dataSource.query<DependencyLink[]>(GET, [id]);
    if (!link) throw notThere(id);
    return link;
  }

  /**
   * Lets a job no longer wait for one of its prerequisites. What waits already is decided anew.
   * @throws DomainError job_not_found, dependency_not_found, precondition_failed
   */
  async remove(jobId: string, id: string, caller: Caller, wanted: WantedRevisions = null): Promise<void> {
    await this.change(jobId, caller, wanted, async (manager, job) => {
      if (!isIdentifier(id) || !(await this.dependencies.unlink(manager, job, id))) throw notThere(id);
    });
  }

  private async change(
    jobId: string,
    caller: Caller,
    wanted: WantedRevisions,
    work: (manager: EntityManager, job: LockedJob) => Promise<void>,
  ): Promise<void> {
    await jobTransaction(this.dataSource, async (manager) => {
      const job = await this.store.lock(manager, jobId, caller, { wanted });
      await this.dependencies.lockChanges(manager);
      await work(manager, job);
      await this.dependencies.noteChange(manager, job, caller, this.clock.now());
    });
  }

  private async check(
    manager: EntityManager,
    edge: DependencyEdge,
    caller: Caller,
    field: string,
  ): Promise<void> {
    const { jobId, dependsOnJobId } = edge;
    const fault = (message: string, code?: string) => invalid([{ field, message }], code);
    const known = isIdentifier(dependsOnJobId)
      ? await this.dependencies.namesOf(manager, [dependsOnJobId], caller)
      : new Map<string, string>();
    if (!known.has(dependsOnJobId)) throw fault(`no job has the id ${dependsOnJobId}`);
    const above = await this.dependencies.edgesAbove(manager, [dependsOnJobId]);
    const cycle = findCycle(jobId, [edge, ...above]);
    if (cycle) {
      const names = await this.dependencies.namesOf(manager, cycle, caller);
      throw fault(cycleMessage(cycle, names), 'dependency_cycle');
    }
    const below = await manager.query<DependencyEdge[]>(EDGES_BELOW, [[jobId]]);
    if (longestWay(edge, [...above, ...below]) >= LINEAGE_LIMIT)
      throw fault(
        `would make a chain of ${LINEAGE_LIMIT} dependencies; at most ${LINEAGE_LIMIT - 1} may follow each other`,
      );
  }
}

function alreadyThere(field: string): DomainError {
  return new DomainError('conflict', 'dependency_exists', 'The job waits for that job already.', [
    { field, message: 'the job waits for it already' },
  ]);
}

function notThere(id: string): DomainError {
  return new DomainError('not_found', 'dependency_not_found', `The job has no dependency with the id ${id}.`);
}
