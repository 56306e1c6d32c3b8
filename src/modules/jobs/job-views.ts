import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, type SelectQueryBuilder } from 'typeorm';
import { jobNotFound } from '../../domain/errors.js';
import { isIdentifier } from '../../domain/identifier.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import type { JobDefinition } from '../../domain/job/definition.js';
import type { JobView } from '../../domain/job/view.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { GatheredReads } from '../../platform/database/gathered-reads.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { FAILING_JOBS } from '../../platform/database/sql/failing-jobs.sql.js';
import { READ_PROJECTS } from '../../platform/database/sql/runs.sql.js';
import { ConfigurationVault } from '../secrets/configuration-vault.js';
import { definitionOf } from './definition-columns.js';
import { dependenciesOf } from './dependency-rows.js';
import { JobClockEntity } from './entities/job-clock.entity.js';
import { JobRuntimeEntity } from './entities/job-runtime.entity.js';
import { JobEntity } from './entities/job.entity.js';
import { type JobFilter, type JobListRequest, listJobRows, narrowToFilter } from './job-list-query.js';
import { type JobRow, viewOf } from './job-row.js';

type Reader = Pick<Caller, 'projects'>;

/** More than so many repeatedly failing jobs are not listed at once. */
const FAILING_LIMIT = 1_000;

const LAST_STARTS = `
SELECT job.id, last.started_at
FROM unnest($1::uuid[]) AS job (id)
CROSS JOIN LATERAL (
  SELECT started_at FROM executions
  WHERE job_id = job.id AND started_at IS NOT NULL
  ORDER BY id DESC LIMIT 1
) last`;

/** Reads jobs for people: views, with secrets masked. */
@Injectable()
export class JobViews {
  /** Every call of the Jobs API asks for one. */
  private readonly projects = new GatheredReads<string>(async (ids) => {
    const rows = await this.database.rows<{ jobId: string; projectId: string }>(READ_PROJECTS, [ids]);
    return new Map(rows.map((row) => [row.jobId, row.projectId]));
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly database: HotDatabase,
    private readonly clock: DatabaseClock,
    private readonly vault: ConfigurationVault,
  ) {}

  /** @throws DomainError job_not_found, also when the job is deleted or not the reader's to see */
  async get(id: string, reader: Reader): Promise<JobView> {
    return (await this.stored(id, reader)).view;
  }

  /** Those of many jobs that the reader may see, in the order of the ids. */
  async many(ids: readonly string[], reader: Reader): Promise<JobView[]> {
    const rows = await this.query().where('job.id = ANY (:ids) AND job.deletedAt IS NULL', { ids }).getMany();
    const views = await this.viewsOf(rows.filter((row) => mayAccess(reader, row.projectId)));
    const byId = new Map(views.map((view) => [view.id, view]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /**
   * A job's view beside its definition as it is stored, secrets and all: for changing it, never for showing.
   * @throws DomainError as `get`
   */
  async stored(id: string, reader: Reader): Promise<{ view: JobView; definition: JobDefinition }> {
    const row = isIdentifier(id) ? await this.query().where('job.id = :id', { id }).getOne() : null;
    if (!row || row.deletedAt !== null || !mayAccess(reader, row.projectId)) throw jobNotFound(id);
    const [view] = await this.viewsOf([row]);
    if (!view) throw jobNotFound(id);
    return { view, definition: definitionOf(row, this.vault) };
  }

  /**
   * The id of the job that a path names: by its id, or by its slug where the reader has one project only.
   * @throws DomainError job_not_found
   */
  async idOf(reference: string, reader: Reader): Promise<string> {
    const [projectId, ...others] = reader.projects ?? [];
    if (isIdentifier(reference)) {
      const id = reference.toLowerCase();
      const found = await this.projects.get(id);
      if (found === undefined || !mayAccess(reader, found)) throw jobNotFound(reference);
      return id;
    }
    const row =
      projectId === undefined || others.length > 0
        ? null
        : await this.dataSource.manager.findOne(JobEntity, {
            where: { projectId, slug: reference, deletedAt: IsNull() },
            select: { id: true },
          });
    if (!row) throw jobNotFound(reference);
    return row.id;
  }

  /** @throws DomainError job_not_found for the first of the ids that is not a job of the reader's */
  async requireAll(ids: readonly string[], reader: Reader): Promise<void> {
    const rows = await this.dataSource.manager.find(JobEntity, {
      where: { id: In(ids.filter(isIdentifier)), deletedAt: IsNull() },
      select: { id: true, projectId: true },
    });
    const known = new Set(rows.filter((row) => mayAccess(reader, row.projectId)).map((row) => row.id));
    const missing = ids.find((id) => !known.has(id.toLowerCase()));
    if (missing !== undefined) throw jobNotFound(missing);
  }

  /** One page and the number of all matches. */
  async list(request: JobListRequest, reader: Reader): Promise<{ items: JobView[]; total: number }> {
    const { rows, total } = await listJobRows(
      { rows: () => this.query(), jobs: () => this.jobs() },
      request,
      reader,
    );
    return { items: await this.viewsOf(rows), total };
  }

  /** The ids of some jobs that match, in no order: for looking for what they did. */
  async matching(filter: JobFilter, limit: number, reader: Reader): Promise<string[]> {
    const query = narrowToFilter(this.jobs().select('job.id', 'id'), filter, reader).limit(limit);
    return (await query.getRawMany<{ id: string }>()).map(({ id }) => id);
  }

  /** A page of all jobs in the order of their ids, after one of them: for going through all, however many. */
  async following(
    after: string | null,
    limit: number,
    reader: Reader,
    filter: JobFilter = {},
  ): Promise<JobView[]> {
    const query = narrowToFilter(this.query(), filter, reader);
    if (after !== null) query.andWhere('job.id > :after', { after });
    return this.viewsOf(await query.orderBy('job.id').limit(limit).getMany());
  }

  /** Jobs whose executions have failed at least `threshold` times since the last success, the worst first. */
  async failing(threshold: number, reader: Reader): Promise<JobView[]> {
    const values = [threshold, reader.projects, FAILING_LIMIT];
    const found = await this.dataSource.query<{ id: string }[]>(FAILING_JOBS.text, values);
    if (found.length === 0) return [];
    const ids = found.map(({ id }) => id);
    const rows = await this.query().where('job.id = ANY (:ids)', { ids }).getMany();
    const places = new Map(ids.map((id, place) => [id, place]));
    rows.sort((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
    return this.viewsOf(rows);
  }

  /**
   * Whether the history of a job may be read: it exists, or is deleted and its record is kept, and the reader
   * may see it. Free of charge for readers of every project, whose ids come from the record itself.
   */
  async isRecorded(id: string, reader: Reader): Promise<boolean> {
    return reader.projects === null || this.exists(id, reader);
  }

  /** @throws DomainError job_not_found where there is no job, not even a deleted one, that the reader may see */
  async requireRecorded(id: string, reader: Reader): Promise<void> {
    if (!(await this.exists(id, reader))) throw jobNotFound(id);
  }

  /**
   * Keeps a caller to the jobs of its projects. Whether such a job exists at all is left to the caller's next
   * step where the reader may see every project.
   * @throws DomainError job_not_found
   */
  async requireReachable(id: string, reader: Reader): Promise<void> {
    if (!isIdentifier(id)) throw jobNotFound(id);
    if (reader.projects !== null) await this.requireRecorded(id, reader);
  }

  private async exists(id: string, reader: Reader): Promise<boolean> {
    if (!isIdentifier(id)) return false;
    const row = await this.dataSource.manager.findOne(JobEntity, {
      where: { id },
      select: { id: true, projectId: true },
    });
    return row !== null && mayAccess(reader, row.projectId);
  }

  private jobs(): SelectQueryBuilder<JobEntity> {
    return this.dataSource.createQueryBuilder(JobEntity, 'job');
  }

  private query(): SelectQueryBuilder<JobRow> {
    return this.dataSource
      .createQueryBuilder<JobRow>(JobEntity, 'job')
      .innerJoinAndMapOne('job.clock', JobClockEntity, 'clock', 'clock.jobId = job.id')
      .innerJoinAndMapOne('job.runtime', JobRuntimeEntity, 'runtime', 'runtime.jobId = job.id');
  }

  private async viewsOf(rows: readonly JobRow[]): Promise<JobView[]> {
    const lastStarts = await this.lastStarts(rows.map((row) => row.id));
    const dependents = rows.filter((row) => row.dependencyMode !== null).map((row) => row.id);
    const dependencies = await dependenciesOf(this.dataSource, dependents);
    const now = this.clock.now();
    return rows.map((row) => {
      const more = {
        lastRunAt: lastStarts.get(row.id) ?? null,
        dependencies: dependencies.get(row.id) ?? null,
      };
      return viewOf(row, more, now, this.vault);
    });
  }

  private async lastStarts(ids: readonly string[]): Promise<Map<string, Date>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.query<{ id: string; started_at: Date }[]>(LAST_STARTS, [ids]);
    return new Map(rows.map((row) => [row.id, row.started_at]));
  }
}
