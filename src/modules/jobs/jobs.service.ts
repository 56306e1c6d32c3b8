import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DomainError, type FieldFault, invalid } from '../../domain/errors.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import type { JobEdit, NewJob } from '../../domain/job/changes.js';
import {
  type ClockChange,
  replannedClock,
  startedClock,
  stopped,
  stoppedClock,
} from '../../domain/job/clock.js';
import type { JobDefinition } from '../../domain/job/definition.js';
import { keepMasked } from '../../domain/job/mask-secrets.js';
import { planAt, rescheduled, rescheduleFaults, samePlan } from '../../domain/job/plan.js';
import { keepMaskedWebhook } from '../../domain/webhook/webhook.js';
import { sameContent } from '../../domain/job/same-content.js';
import type { WantedRevisions } from '../../domain/job/revision.js';
import type { JobView } from '../../domain/job/view.js';
import type { Schedule } from '../../domain/schedule/schedule.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { JobChecks } from './job-checks.js';
import { type JobRecord, type LockedJob, JobStore } from './job-store.js';
import { jobTransaction } from './job-transaction.js';
import { JobViews } from './job-views.js';
import { distinctSlugs, takenSlugs } from './slug-conflict.js';

/** An edit that meets another one starts again from the newer definition so often. */
const EDIT_TRIES = 5;

/** Creates and changes jobs. */
@Injectable()
export class JobsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly store: JobStore,
    private readonly checks: JobChecks,
    private readonly views: JobViews,
  ) {}

  /**
   * Creates a job and starts its clock.
   * @param define makes the job, given the instant of its creation
   * @throws DomainError validation_failed with all faults
   */
  async create(define: (now: Date) => NewJob, caller: Caller): Promise<JobView> {
    const record = await this.recordOf(define, caller);
    await distinctSlugs(() =>
      jobTransaction(this.dataSource, (manager) => this.store.insert(manager, record)),
    );
    return this.views.get(record.id, caller);
  }

  /**
   * Creates many jobs, all or none.
   * @throws DomainError as `create`, its faults under the index of the job: `[3].name`
   */
  async createMany(defines: readonly ((now: Date) => NewJob)[], caller: Caller): Promise<JobView[]> {
    const records: JobRecord[] = [];
    const faults: FieldFault[] = [];
    for (const [index, define] of defines.entries()) {
      try {
        records.push(await this.recordOf(define, caller));
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'validation_failed') throw error;
        faults.push(...error.faults.map((fault) => ({ ...fault, field: `${index}.${fault.field}` })));
      }
    }
    if (faults.length > 0) throw invalid(faults);
    const wanted = records.map(({ id, definition: { projectId, slug } }) => ({ id, projectId, slug }));
    await distinctSlugs(
      () => jobTransaction(this.dataSource, (manager) => this.store.insertMany(manager, records)),
      async () => `${(await takenSlugs(this.dataSource.manager, wanted))[0] ?? 0}.slug`,
    );
    return this.views.many(
      records.map(({ id }) => id),
      caller,
    );
  }

  private async recordOf(define: (now: Date) => NewJob, caller: Caller): Promise<JobRecord> {
    const now = this.clock.now();
    const job = define(now);
    if (!mayAccess(caller, job.definition.projectId)) throw foreignProject(job.definition.projectId);
    const definition = await this.checks.accepted(job.definition, true, now);
    return {
      id: uuidv7(),
      definition,
      clock: job.enabled ? startedClock(definition.plan, now) : stopped('disabled'),
      createdBy: job.createdBy ?? caller.subject,
      updatedBy: caller.subject,
      now,
    };
  }

  /**
   * Changes a job. Executions that exist keep the definition they were made from.
   * @param edit makes the changed job from the present one, given the present instant; may be called again
   *   when another change comes first. Masks of secrets in its configuration stand for what is stored.
   * @param wanted the revisions that the change may start from
   * @throws DomainError job_not_found, validation_failed with all faults, precondition_failed
   */
  async update(
    id: string,
    edit: (job: JobView, now: Date) => JobEdit,
    caller: Caller,
    wanted: WantedRevisions = null,
  ): Promise<JobView> {
    for (let round = 1; round <= EDIT_TRIES; round++) {
      const present = await this.views.stored(id, caller);
      const now = this.clock.now();
      const edited = edit(present.view, now);
      const definition = await this.settled(present.definition, edited.definition, now);
      const change = async (manager: EntityManager): Promise<boolean> => {
        const job = await this.store.lock(manager, id, caller, { wanted });
        if (job.version !== present.view.version) return false;
        await this.apply(manager, job, { ...edited, definition }, caller);
        return true;
      };
      const done = await distinctSlugs(() => jobTransaction(this.dataSource, change));
      if (done) return this.views.get(id, caller);
    }
    throw new DomainError(
      'conflict',
      'job_changed',
      'The job is being changed by others. Read it again and repeat.',
    );
  }

  /**
   * Gives a job another schedule, at once or from an instant on, and changes nothing else.
   * @param change makes the new schedule and says from when it holds (null: at once), given the present
   *   schedule and instant
   * @throws DomainError job_not_found, validation_failed
   */
  async reschedule(
    id: string,
    change: (present: Schedule, now: Date) => { schedule: Schedule; from: Date | null },
    caller: Caller,
    wanted: WantedRevisions = null,
  ): Promise<JobView> {
    const edit = ({ definition }: JobView, now: Date): JobEdit => {
      const { schedule, from } = change(definition.plan.schedule, now);
      const faults = rescheduleFaults(schedule, from);
      if (faults.length > 0) throw invalid(faults);
      return { definition: { ...definition, plan: rescheduled(definition.plan, schedule, from, now) } };
    };
    return this.update(id, edit, caller, wanted);
  }

  /** The definition as it will be stored; the stored one itself where nothing changes. */
  private async settled(stored: JobDefinition, wanted: JobDefinition, now: Date): Promise<JobDefinition> {
    const present = { ...stored, plan: planAt(stored.plan, now) };
    const definition = {
      ...wanted,
      configuration: keepMasked(stored.configuration, wanted.configuration),
      webhook: keepMaskedWebhook(stored.webhook, wanted.webhook),
    };
    if (sameContent(definition, present)) return stored;
    const newPlan = !samePlan(present.plan, definition.plan);
    const accepted = await this.checks.accepted(definition, newPlan, now, stored);
    return sameContent(accepted, present) ? stored : accepted;
  }

  private async apply(manager: EntityManager, job: LockedJob, edit: JobEdit, caller: Caller): Promise<void> {
    const now = this.clock.now();
    const { definition, enabled, createdBy } = edit;
    const change = this.clockChange(job, definition, enabled, now);
    const redefined = !sameContent(job.definition, definition);
    if (!redefined && change === null && createdBy === undefined) return;
    if (redefined) await this.store.writeDefinition(manager, job, definition, caller.subject, now);
    if (redefined || change !== null) {
      await this.store.writeClock(manager, job.id, change ?? { clock: job.clock, skipped: null }, now);
    }
    await this.store.writeJob(manager, job.id, { createdBy, updatedBy: caller.subject, updatedAt: now });
  }

  /** What an edit does to the clock; null: nothing. */
  private clockChange(
    job: LockedJob,
    { plan }: JobDefinition,
    enabled: boolean | undefined,
    now: Date,
  ): ClockChange | null {
    const { clock, definition } = job;
    const wasEnabled = clock.state !== 'disabled';
    if (enabled === false && wasEnabled)
      return stoppedClock(clock, definition.plan, now, 'disabled', 'disabled');
    const replanned = !samePlan(planAt(definition.plan, now), planAt(plan, now));
    if (enabled === true && !wasEnabled) {
      this.checks.acceptPlan(plan, now);
      return { clock: startedClock(plan, now), skipped: null };
    }
    if (!replanned) return null;
    this.checks.acceptPlan(plan, now);
    return replannedClock(clock, definition.plan, plan, now);
  }
}

function foreignProject(projectId: string): DomainError {
  return invalid(
    [{ field: 'projectId', message: `the token does not reach the project ${projectId}` }],
    'project_forbidden',
  );
}
