import type { SelectQueryBuilder } from 'typeorm';
import type { Caller } from '../../domain/job/caller.js';
import type { JobState, JobType } from '../../domain/job/job-type.js';
import { JobClockEntity } from './entities/job-clock.entity.js';
import { JobRuntimeEntity } from './entities/job-runtime.entity.js';
import type { JobEntity } from './entities/job.entity.js';
import type { JobRow } from './job-row.js';

export const JOB_SORT_FIELDS = [
  'name',
  'createdAt',
  'updatedAt',
  'nextRunAt',
  'lastRunAt',
  'status',
] as const;
export type JobSortField = (typeof JOB_SORT_FIELDS)[number];

/** Which jobs are meant: those that match all that is given. */
export interface JobFilter {
  type?: JobType;
  state?: JobState;
  /** Jobs that carry this very tag. */
  tag?: string;
  /** Words that all occur in the name or the description, in any letter case, also inside other words. */
  search?: string;
  projectId?: string;
  groupId?: string;
  environmentId?: string;
  /** True: only enabled ones, false: only others. */
  enabled?: boolean;
}

/** Which jobs to list, in which order, and which part of them. */
export interface JobListRequest extends JobFilter {
  sortBy: JobSortField;
  descending: boolean;
  offset: number;
  limit: number;
}

type Query = SelectQueryBuilder<JobRow>;

interface SortOrder {
  columns: readonly string[];
  /** Where the first column may be null: the table that it stands in. */
  nullableIn?: { entity: typeof JobClockEntity | typeof JobRuntimeEntity; alias: string };
}

/** What a sort field means in columns; each order has an index. Jobs without a nullable value come last. */
const SORT_ORDERS: Record<JobSortField, SortOrder> = {
  name: { columns: ['job.name', 'job.id'] },
  createdAt: { columns: ['job.createdAt', 'job.id'] },
  updatedAt: { columns: ['job.updatedAt', 'job.id'] },
  status: { columns: ['job.state', 'job.createdAt', 'job.id'] },
  nextRunAt: {
    columns: ['clock.nextRunAt', 'job.id'],
    nullableIn: { entity: JobClockEntity, alias: 'clock' },
  },
  lastRunAt: {
    columns: ['runtime.lastRunAt', 'job.id'],
    nullableIn: { entity: JobRuntimeEntity, alias: 'runtime' },
  },
};

const SEARCHED = `(job.name || ' ' || coalesce(job.description, ''))`;
const SEARCH_WORDS = 10;

/**
 * One page of jobs and the number of all that match. Where values may be missing, the jobs that have one and
 * those that have none are two lists one after the other, so that both come in the order of an index.
 * @param rows makes the query for whole rows, `jobs` the one for jobs alone, by which they are counted
 */
export async function listJobRows(
  { rows, jobs }: { rows: () => Query; jobs: () => SelectQueryBuilder<JobEntity> },
  request: JobListRequest,
  caller: Pick<Caller, 'projects'>,
): Promise<{ rows: JobRow[]; total: number }> {
  const { columns, nullableIn } = SORT_ORDERS[request.sortBy];
  const [first = ''] = columns;
  const counted = narrowToFilter(jobs(), request, caller).select('count(*)', 'total');
  if (nullableIn) {
    const { entity, alias } = nullableIn;
    counted.innerJoin(entity, alias, `${alias}.jobId = job.id`).addSelect(`count(${first})`, 'sorted');
  }
  const counts = await counted.getRawOne<{ total: string; sorted?: string }>();
  const total = Number(counts?.total ?? 0);
  const sorted = Number(counts?.sorted ?? total);
  const { offset, limit } = request;
  const withValue = narrowToFilter(rows(), request, caller);
  if (nullableIn) withValue.andWhere(`${first} IS NOT NULL`);
  const found = offset < sorted ? await page(withValue, columns, request, offset, limit) : [];
  if (offset + limit > sorted && total > sorted) {
    const without = narrowToFilter(rows(), request, caller).andWhere(`${first} IS NULL`);
    const restOffset = Math.max(0, offset - sorted);
    found.push(
      ...(await page(without, ['job.createdAt', 'job.id'], request, restOffset, limit - found.length)),
    );
  }
  return { rows: found, total };
}

/** Keeps a query for `job` to those that match and exist for the caller. */
export function narrowToFilter<Row extends JobEntity>(
  query: SelectQueryBuilder<Row>,
  request: JobFilter,
  caller: Pick<Caller, 'projects'>,
): SelectQueryBuilder<Row> {
  query.where('job.deletedAt IS NULL');
  if (caller.projects !== null)
    query.andWhere('job.projectId = ANY (:projects)', { projects: caller.projects });
  if (request.type !== undefined) query.andWhere('job.type = :type', { type: request.type });
  if (request.state !== undefined) query.andWhere('job.state = :state', { state: request.state });
  if (request.projectId !== undefined)
    query.andWhere('job.projectId = :projectId', { projectId: request.projectId });
  if (request.groupId !== undefined) query.andWhere('job.groupId = :groupId', { groupId: request.groupId });
  if (request.environmentId !== undefined)
    query.andWhere('job.environmentId = :environmentId', { environmentId: request.environmentId });
  if (request.enabled !== undefined) query.andWhere(`job.state ${request.enabled ? '=' : '<>'} 'enabled'`);
  if (request.tag !== undefined) query.andWhere('job.tags @> :tags', { tags: [request.tag] });
  words(request.search ?? '').forEach((word, index) => {
    query.andWhere(`${SEARCHED} ILIKE :word${index}`, { [`word${index}`]: `%${escapeLike(word)}%` });
  });
  return query;
}

async function page(
  query: Query,
  columns: readonly string[],
  request: JobListRequest,
  offset: number,
  limit: number,
): Promise<JobRow[]> {
  for (const column of columns) query.addOrderBy(column, request.descending ? 'DESC' : 'ASC');
  return query.offset(offset).limit(limit).getMany();
}

function words(search: string): string[] {
  return search
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, SEARCH_WORDS);
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
