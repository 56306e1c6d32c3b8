import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { invalid } from '../../domain/errors.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import { type JobClock, pausedClock, replannedClock, startedClock, stopped } from '../../domain/job/clock.js';
import type { JobDefinition } from '../../domain/job/definition.js';
import { type JobDependencies, sameDependencies } from '../../domain/job/dependencies.js';
import { keepMasked, maskedPaths } from '../../domain/job/mask-secrets.js';
import { samePlan } from '../../domain/job/plan.js';
import { keepMaskedWebhook } from '../../domain/webhook/webhook.js';
import { sameContent } from '../../domain/job/same-content.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { dependenciesOf } from '../jobs/dependency-rows.js';
import { JobChecks } from '../jobs/job-checks.js';
import { JobDependenciesService } from '../jobs/job-dependencies.js';
import { JobStore, type LockedJob } from '../jobs/job-store.js';
import { jobTransaction } from '../jobs/job-transaction.js';
import { distinctSlugs, takenSlugs } from '../jobs/slug-conflict.js';
import { EntryFaults } from './entry-faults.js';
import { ImportedDependencies } from './imported-dependencies.js';
import type { ImportedJob, ImportMode, ImportPlan } from './imported-job.js';

const EPOCH = new Date(0);

/** An entry that has passed all checks. */
interface Accepted {
  entry: ImportedJob;
  /** The job's id from now on. */
  id: string;
  definition: JobDefinition;
  clock: JobClock;
  /** The job that it changes; null: it becomes a new one. */
  present: LockedJob | null;
}

/** Jobs by their ids. */
type JobsById = ReadonlyMap<string, LockedJob>;

/** Brings exported jobs in again: all of them or none. */
@Injectable()
export class JobImport {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly checks: JobChecks,
    private readonly store: JobStore,
    private readonly dependencies: JobDependenciesService,
    private readonly waiting: ImportedDependencies,
  ) {}

  /**
   * Creates or changes jobs in one transaction, or only says what that would do. A masked secret is refused where
   * no stored one can take its place. What has no run left comes in as completed.
   * @throws DomainError validation_failed, naming the entry and the field: `jobs.3.name`; slug_taken
   */
  run(entries: readonly ImportedJob[], mode: ImportMode, caller: Caller): Promise<ImportPlan> {
    const work = async (manager: EntityManager): Promise<ImportPlan> => {
      const now = this.clock.now();
      const copies = mode === 'create';
      const stored = copies
        ? await this.originals(manager, entries, caller)
        : await this.present(manager, entries, caller);
      const accepted = await this.accepted(manager, entries, stored, copies, caller, now);
      const rewired = await this.rewired(manager, accepted, caller);
      const changed = accepted.filter(
        (one) => one.present !== null && (rewired.has(one.id) || differs(one, one.present)),
      );
      const created = accepted.filter((one) => one.present === null);
      if (mode !== 'plan') {
        await this.create(manager, created, caller, now);
        for (const one of changed) await this.change(manager, one, caller, now);
        await this.dependencies.write(manager, rewired);
      }
      const unchanged = accepted.filter((one) => one.present !== null && !changed.includes(one));
      return {
        created: created.map(planned),
        changed: changed.map(planned),
        unchanged: unchanged.map(planned),
      };
    };
    // Somebody may take a slug after it was found free.
    return distinctSlugs(() => jobTransaction(this.dataSource, work));
  }

  /** The jobs that copies with masked secrets may be made of, locked; other entries need none. */
  private async originals(
    manager: EntityManager,
    entries: readonly ImportedJob[],
    caller: Caller,
  ): Promise<JobsById> {
    const ids = entries.filter(isMasked).flatMap(({ id }) => id ?? []);
    if (ids.length === 0) return new Map();
    const jobs = await this.store.lockMany(manager, [...new Set(ids)], caller);
    return new Map(jobs.map((job) => [job.id, job]));
  }

  /** The jobs that entries name by their ids, locked. */
  private async present(
    manager: EntityManager,
    entries: readonly ImportedJob[],
    caller: Caller,
  ): Promise<JobsById> {
    const faults = new EntryFaults();
    const seen = new Set<string>();
    for (const { id, index } of entries) {
      if (id === null) continue;
      if (seen.has(id)) faults.add(index, [{ field: 'id', message: 'is the id of an earlier entry, too' }]);
      seen.add(id);
    }
    const jobs = await this.store.lockMany(manager, [...seen], caller);
    const found = new Map(jobs.map((job) => [job.id, job]));
    const taken = await manager.query<{ id: string }[]>('SELECT id FROM jobs WHERE id = ANY ($1)', [
      [...seen],
    ]);
    const unusable = new Set(taken.map(({ id }) => id).filter((id) => !found.has(id)));
    for (const { id, index } of entries) {
      if (id !== null && unusable.has(id))
        faults.add(index, [{ field: 'id', message: 'is the id of a job that is deleted or out of reach' }]);
    }
    faults.throwIfAny();
    return found;
  }

  private async accepted(
    manager: EntityManager,
    entries: readonly ImportedJob[],
    stored: JobsById,
    copies: boolean,
    caller: Caller,
    now: Date,
  ): Promise<Accepted[]> {
    const faults = new EntryFaults();
    const accepted: Accepted[] = [];
    for (const entry of entries) {
      if (faults.isFull) break;
      const job = (entry.id === null ? undefined : stored.get(entry.id)) ?? null;
      const id = copies ? uuidv7() : (entry.id ?? uuidv7());
      const one = await faults.gather(entry.index, () => this.accept(entry, job, copies, caller, now));
      if (one) accepted.push({ ...one, id });
    }
    faults.throwIfAny();
    await this.requireFreeSlugs(manager, accepted);
    return accepted;
  }

  private async requireFreeSlugs(manager: EntityManager, accepted: readonly Accepted[]): Promise<void> {
    const faults = new EntryFaults();
    const wanted = accepted.map(({ id, definition: { projectId, slug } }) => ({ id, projectId, slug }));
    for (const place of await takenSlugs(manager, wanted))
      faults.add(accepted[place]?.entry.index ?? place, [
        { field: 'slug', message: 'is taken by another job of the project' },
      ]);
    faults.throwIfAny();
  }

  private async accept(
    entry: ImportedJob,
    stored: LockedJob | null,
    copies: boolean,
    caller: Caller,
    now: Date,
  ): Promise<Omit<Accepted, 'id'>> {
    const present = copies ? null : stored;
    const definition = { ...unmasked(entry.job.definition, stored), ...keptFields(entry, present) };
    // Before all else: other faults could tell which secrets there are for another project.
    if (!mayAccess(caller, definition.projectId))
      throw invalid([{ field: 'projectId', message: 'is out of reach of the token' }]);
    const over = isOver(definition, now);
    const { plan } = definition;
    // A plan that is over is judged without its bounds: it must still be one that could run.
    if (over) this.checks.acceptPlan({ ...plan, startAt: null, endAt: null, exclusions: null }, EPOCH);
    const checked = await this.checks.accepted(definition, !over, now, present?.definition ?? null);
    return { entry, definition: checked, clock: clockOf(entry, checked, over, now), present };
  }

  /** What the jobs that are to wait for something else than now are to wait for. */
  private async rewired(
    manager: EntityManager,
    accepted: readonly Accepted[],
    caller: Caller,
  ): Promise<Map<string, JobDependencies | null>> {
    const wanted = await this.waiting.resolve(manager, accepted, caller);
    const present = accepted.filter((one) => one.present?.waits).map(({ id }) => id);
    const now = await dependenciesOf(manager, present);
    return new Map([...wanted].filter(([id, one]) => !sameDependencies(one, now.get(id) ?? null)));
  }

  private async create(
    manager: EntityManager,
    created: readonly Accepted[],
    caller: Caller,
    now: Date,
  ): Promise<void> {
    const records = created.map(({ entry, id, definition, clock }) => ({
      id,
      definition,
      clock,
      createdBy: entry.job.createdBy ?? caller.subject,
      updatedBy: caller.subject,
      now,
    }));
    await this.store.insertMany(manager, records);
  }

  private async change(manager: EntityManager, one: Accepted, caller: Caller, now: Date): Promise<void> {
    const { definition, clock, present: job } = one;
    if (job === null) return;
    if (!sameContent(job.definition, definition))
      await this.store.writeDefinition(manager, job, definition, caller.subject, now);
    const { plan } = definition;
    const replanned = !samePlan(job.definition.plan, plan);
    const kept = job.state === clock.state;
    const change =
      kept && replanned
        ? replannedClock(job.clock, job.definition.plan, plan, now)
        : { clock: kept ? job.clock : clock, skipped: null };
    await this.store.writeClock(manager, job.id, change, now);
    await this.store.writeJob(manager, job.id, { updatedBy: caller.subject, updatedAt: now });
  }
}

function isMasked({ job: { definition } }: ImportedJob): boolean {
  const { configuration, webhook } = definition;
  return (
    maskedPaths(configuration).length > 0 || (webhook !== null && maskedPaths({ ...webhook }).length > 0)
  );
}

/** The definition with the secrets of the stored job where it has their masks. */
function unmasked(wanted: JobDefinition, stored: LockedJob | null): JobDefinition {
  if (stored === null) return wanted;
  const { configuration, webhook } = stored.definition;
  return {
    ...wanted,
    configuration: keepMasked(configuration, wanted.configuration),
    webhook: keepMaskedWebhook(webhook, wanted.webhook),
  };
}

/** What a job that is changed keeps whatever the entry says, or since it says nothing. */
function keptFields({ leftOut }: ImportedJob, present: LockedJob | null): Partial<JobDefinition> {
  if (present === null) return {};
  const { definition } = present;
  const fields = ['projectId' as const, ...leftOut];
  return Object.fromEntries(fields.map((field) => [field, definition[field]]));
}

/** Whether a plan cannot make anything due after `now`, whatever else is right or wrong with it. */
function isOver({ plan }: JobDefinition, now: Date): boolean {
  const { schedule, endAt, successor } = plan;
  if (successor !== null) return false;
  return (endAt !== null && endAt <= now) || (schedule.kind === 'once' && schedule.runAt <= now);
}

function clockOf({ state, job }: ImportedJob, { plan }: JobDefinition, over: boolean, now: Date): JobClock {
  if (!job.enabled || state === 'disabled') return stopped('disabled');
  if (over) return stopped('completed');
  const started = startedClock(plan, now);
  return state === 'paused' ? pausedClock(started) : started;
}

function differs({ definition, clock }: Accepted, present: LockedJob): boolean {
  return clock.state !== present.state || !sameContent(definition, present.definition);
}

function planned({ entry }: Accepted): ImportPlan['created'][number] {
  return { index: entry.index, id: entry.id, name: entry.job.definition.name };
}
