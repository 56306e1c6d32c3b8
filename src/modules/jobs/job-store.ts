import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { jobNotFound } from '../../domain/errors.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import type { ClockChange, JobClock } from '../../domain/job/clock.js';
import { isFlowControlled, type JobDefinition, runnablePart } from '../../domain/job/definition.js';
import { hasFlowRules } from '../../domain/job/flow-rules.js';
import type { JobState } from '../../domain/job/job-type.js';
import { requireRevision, type WantedRevisions } from '../../domain/job/revision.js';
import { sameContent } from '../../domain/job/same-content.js';
import { isIdentifier } from '../../domain/identifier.js';
import { previousSecret, type Webhook } from '../../domain/webhook/webhook.js';
import { runnerOfManager } from '../../platform/database/manager-runner.js';
import { FlowControl } from '../executions/flow-control.js';
import { ConfigurationVault } from '../secrets/configuration-vault.js';
import { columnsOf, definitionOf } from './definition-columns.js';
import { JobClockEntity } from './entities/job-clock.entity.js';
import { JobRuntimeEntity } from './entities/job-runtime.entity.js';
import { JobVersionEntity } from './entities/job-version.entity.js';
import { JobEntity } from './entities/job.entity.js';
import { OccurrenceEntity } from './entities/occurrence.entity.js';
import { stateOf } from './job-row.js';
import { unfired } from './unfired-occurrences.js';

/** Jobs written in one statement: their parameters must stay below 65,536. */
const INSERT_BATCH = 500;
/** More changes than that are announced as one. */
const MOST_ANNOUNCED = 500;

/** A job under its lock, with all that a change depends on. */
export interface LockedJob {
  id: string;
  version: number;
  state: JobState;
  definition: JobDefinition;
  clock: JobClock;
  /** Its executions wait for other jobs. */
  waits: boolean;
}

/** What a new job's rows are made of. */
export interface JobRecord {
  id: string;
  definition: JobDefinition;
  clock: JobClock;
  createdBy: string;
  updatedBy: string;
  now: Date;
}

/** Writes jobs and everything that belongs to one. Every method works inside the caller's transaction. */
@Injectable()
export class JobStore {
  constructor(
    private readonly vault: ConfigurationVault,
    private readonly flow: FlowControl,
  ) {}

  async insert(manager: EntityManager, job: JobRecord): Promise<void> {
    await this.insertMany(manager, [job]);
  }

  /** Writes new jobs, each kind of row in one statement for up to 500 jobs. */
  async insertMany(manager: EntityManager, jobs: readonly JobRecord[]): Promise<void> {
    for (let start = 0; start < jobs.length; start += INSERT_BATCH)
      await this.insertBatch(manager, jobs.slice(start, start + INSERT_BATCH));
    if (jobs.length > MOST_ANNOUNCED) await this.announceAll(manager);
    else
      await this.announce(
        manager,
        jobs.map(({ id }) => id),
      );
  }

  private async insertBatch(manager: EntityManager, jobs: readonly JobRecord[]): Promise<void> {
    const sealed = jobs.map((job) => ({ ...job, definition: this.sealed(job.id, job.definition) }));
    await manager.insert(JobEntity, sealed.map(jobRow));
    await manager.insert(
      JobVersionEntity,
      sealed.map(({ id, definition, updatedBy, now }) => versionRow(id, 1, definition, updatedBy, now)),
    );
    await manager.insert(
      JobClockEntity,
      jobs.map(({ id: jobId, clock: { nextRunAt, pausedRunAt, lateUntil, accountedUntil } }) => ({
        jobId,
        nextRunAt,
        pausedRunAt,
        lateUntil,
        accountedUntil,
      })),
    );
    await manager.insert(
      JobRuntimeEntity,
      jobs.map(({ id: jobId, definition }) => ({ jobId, followed: definition.webhook !== null })),
    );
    const controlled = jobs.filter(({ definition }) => isFlowControlled(definition));
    await this.ensureSlots(
      manager,
      controlled.map(({ id }) => id),
    );
  }

  /**
   * Locks a job, then its clock: nothing else changes or fires it until the transaction ends.
   * @param wanted the revisions that the change may start from
   * @throws DomainError job_not_found, also when the job is deleted or not the caller's to see; precondition_failed
   */
  async lock(
    manager: EntityManager,
    id: string,
    caller: Caller,
    { wanted = null, withDeleted = false }: { wanted?: WantedRevisions; withDeleted?: boolean } = {},
  ): Promise<LockedJob> {
    if (!isIdentifier(id)) throw jobNotFound(id);
    const row = await manager.findOne(JobEntity, {
      where: withDeleted ? { id } : { id, deletedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
    if (!row || !mayAccess(caller, row.projectId)) throw jobNotFound(id);
    requireRevision(row.revision, wanted);
    const clock = await manager.findOneOrFail(JobClockEntity, {
      where: { jobId: id },
      lock: { mode: 'pessimistic_write' },
    });
    return lockedJob(row, clock, this.vault);
  }

  /** Locks those of many jobs that exist for the caller, in the order of ids. */
  async lockMany(manager: EntityManager, ids: readonly string[], caller: Caller): Promise<LockedJob[]> {
    const rows = await manager
      .createQueryBuilder<JobEntity & { clock: JobClockEntity }>(JobEntity, 'job')
      .innerJoinAndMapOne('job.clock', JobClockEntity, 'clock', 'clock.jobId = job.id')
      .where('job.id = ANY (:ids) AND job.deletedAt IS NULL', { ids })
      .orderBy('job.id')
      .setLock('pessimistic_write')
      .getMany();
    return rows
      .filter((row) => mayAccess(caller, row.projectId))
      .map((row) => lockedJob(row, row.clock, this.vault));
  }

  /** Makes `definition` the job's next version; executions that exist keep theirs. */
  async writeDefinition(
    manager: EntityManager,
    job: LockedJob,
    definition: JobDefinition,
    by: string,
    now: Date,
  ): Promise<void> {
    const version = job.version + 1;
    const sealed = this.sealed(job.id, definition);
    await manager.update(JobEntity, job.id, {
      ...columnsOf(sealed),
      flowControlled: isFlowControlled(definition) || job.waits,
      webhookPrevious: this.previousSecret(job, definition, now),
      version,
      updatedBy: by,
      updatedAt: now,
    });
    await this.insertVersion(manager, job.id, version, sealed, by, now);
    if (definition.webhook !== null) await this.follow(manager, job.id);
    if (isFlowControlled(definition)) await this.ensureSlots(manager, [job.id]);
    if (!sameContent(flowParts(job.definition), flowParts(definition)))
      await this.flow.limitsChanged(runnerOfManager(manager), job.id);
  }

  /** Writes a job's own columns that are no part of its definition. */
  async writeJob(
    manager: EntityManager,
    id: string,
    columns: Partial<Pick<JobEntity, 'createdBy' | 'updatedBy' | 'updatedAt' | 'deletedAt'>>,
  ): Promise<void> {
    await manager.update(JobEntity, id, columns);
  }

  /**
   * Sets the clock and the state, records what is skipped, and tells every node. A firing that was computed
   * from the clock as it was does not hold any more.
   */
  async writeClock(manager: EntityManager, id: string, change: ClockChange, now: Date): Promise<void> {
    const { state, nextRunAt, pausedRunAt, lateUntil, accountedUntil } = change.clock;
    await manager.update(JobEntity, id, { state });
    await manager.update(JobClockEntity, id, {
      nextRunAt,
      pausedRunAt,
      lateUntil,
      accountedUntil,
      ended: false,
      scheduleVersion: () => 'schedule_version + 1',
    });
    await this.recordUnfired(manager, id, change, now);
    await this.announce(manager, [id]);
  }

  /** Removes the job with its versions, clock, occurrences and counters. */
  async erase(manager: EntityManager, id: string): Promise<void> {
    await manager.delete(JobEntity, id);
    await this.announce(manager, [id]);
  }

  private sealed(id: string, definition: JobDefinition): JobDefinition {
    const { configuration, webhook } = definition;
    return {
      ...definition,
      configuration: this.vault.sealed(id, configuration),
      webhook: webhook && (this.vault.sealed(id, { ...webhook }) as unknown as Webhook),
    };
  }

  private previousSecret(job: LockedJob, { webhook }: JobDefinition, now: Date): object | null | undefined {
    const previous = previousSecret(job.definition.webhook, webhook, now);
    return previous && this.vault.sealed(job.id, { ...previous });
  }

  /**
   * From now on the ends of the job's executions have consequences. That is never taken back: whether another feature
   * needs it, too, could change meanwhile, and an end without consequences costs little more.
   */
  private async follow(manager: EntityManager, jobId: string): Promise<void> {
    await manager.update(JobRuntimeEntity, { jobId, followed: false }, { followed: true });
  }

  private async insertVersion(
    manager: EntityManager,
    jobId: string,
    version: number,
    definition: JobDefinition,
    createdBy: string,
    createdAt: Date,
  ): Promise<void> {
    await manager.insert(JobVersionEntity, versionRow(jobId, version, definition, createdBy, createdAt));
  }

  private async recordUnfired(
    manager: EntityManager,
    jobId: string,
    { skipped, excluded = [] }: ClockChange,
    now: Date,
  ): Promise<void> {
    const rows = unfired(skipped, excluded).map((row) => ({ ...row, jobId, recordedAt: now }));
    if (rows.length === 0) return;
    await manager.createQueryBuilder().insert().into(OccurrenceEntity).values(rows).orIgnore().execute();
  }

  private async ensureSlots(manager: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await manager.query('INSERT INTO flow_slots (job_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING', [
      ids,
    ]);
  }

  /** Tells every node that very many jobs have changed. */
  async announceAll(manager: EntityManager): Promise<void> {
    await this.announce(manager, ['*']);
  }

  private async announce(manager: EntityManager, ids: readonly string[]): Promise<void> {
    await manager.query(`SELECT pg_notify('carillon_jobs', id) FROM unnest($1::text[]) AS changed (id)`, [
      ids,
    ]);
  }
}

/** What decides when executions may start. */
function flowParts({ overlap, maxConcurrency, flow, plan, tags }: JobDefinition): object {
  if (!hasFlowRules(flow)) return { overlap, maxConcurrency, flow };
  return { overlap, maxConcurrency, flow, tags, timezone: plan.schedule.timezone };
}

function jobRow(job: JobRecord): Partial<JobEntity> {
  return {
    ...columnsOf(job.definition),
    id: job.id,
    version: 1,
    state: job.clock.state,
    createdBy: job.createdBy,
    updatedBy: job.updatedBy,
    createdAt: job.now,
    updatedAt: job.now,
  };
}

/**
 * Its definition is typed loosely, since TypeORM's types cannot follow a recursive one.
 * @param definition sealed
 */
function versionRow(
  jobId: string,
  version: number,
  definition: JobDefinition,
  createdBy: string,
  createdAt: Date,
): Omit<JobVersionEntity, 'definition'> & { definition: object } {
  const { configuration: _sealedBeside, ...snapshot } = definition;
  return {
    jobId,
    version,
    definition: runnablePart(definition),
    snapshot,
    backwardsCompatible: definition.backwardsCompatible,
    createdBy,
    createdAt,
  };
}

function lockedJob(row: JobEntity, clock: JobClockEntity, vault: ConfigurationVault): LockedJob {
  const { nextRunAt, pausedRunAt, lateUntil, accountedUntil } = clock;
  const state = stateOf(row, clock);
  return {
    id: row.id,
    version: row.version,
    state,
    definition: definitionOf(row, vault),
    clock: { state, nextRunAt, pausedRunAt, lateUntil, accountedUntil },
    waits: row.dependencyMode !== null,
  };
}
