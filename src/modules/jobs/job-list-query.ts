import type { SelectQueryBuilder } from 'typeorm';
import type { Caller } from '../../domain/job/caller.js';
import type { JobState, JobType } from '../../domain/job/job-type.js';
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

/** Which jobs to list, in which order, and which part of them. */
export interface JobListRequest {
  type?: JobType;
  state?: JobState;
  /** Jobs that carry this very tag. */
  tag?: string;
  /** Words that all occur in the name or the description, in any letter case, also inside other words. */
  search?: string;
  sortBy: JobSortField;
  descending: boolean;
  offset: number;
  limit: number;
}

type Query = SelectQueryBuilder<JobRow>;

/** What a sort field means in columns; each order has an index. Jobs without a nullable value come last. */
const SORT_COLUMNS: Record<JobSortField, { columns: readonly string[]; nullable: boolean }> = {
  name: { columns: ['job.name', 'job.id'], nullable: false },
  createdAt: { columns: ['job.createdAt', 'job.id'], nullable: false },
  updatedAt: { columns: ['job.updatedAt', 'job.id'], nullable: false },
  status: { columns: ['job.state', 'job.createdAt', 'job.id'], nullable: false },
  nextRunAt: { columns: ['clock.nextRunAt', 'job.id'], nullable: true },
  lastRunAt: { columns: ['runtime.lastRunAt', 'job.id'], nullable: true },
};

const SEARCHED = `(job.name || ' ' || coalesce(job.description, ''))`;
const SEARCH_WORDS = 10;

/**
 * One page of jobs and the number of all that match. Where values may be missing, the jobs that have one and
 * those that have none are two lists one after the other, so that both come in the order of an index.
 */
export async function listJobRows(
  query: Query,
  request: JobListRequest,
  caller: Pick<Caller, 'projects'>,
): Promise<{ rows: JobRow[]; total: number }> {
  narrow(query, request, caller);
  const { columns, nullable } = SORT_COLUMNS[request.sortBy];
  const [first = ''] = columns;
  const { total, sorted } = await count(query, nullable ? first : '*');
  const { offset, limit } = request;
  const rows = await page(
    query.clone().andWhere(nullable ? `${first} IS NOT NULL` : 'TRUE'),
    columns,
    request,
    offset,
    limit,
  );
  if (nullable && offset + limit > sorted && rows.length < limit) {
    const rest = query.clone().andWhere(`${first} IS NULL`);
    const restOffset = Math.max(0, offset - sorted);
    rows.push(...(await page(rest, ['job.createdAt', 'job.id'], request, restOffset, limit - rows.length)));
  }
  return { rows, total };
}

function narrow(query: Query, request: JobListRequest, caller: Pick<Caller, 'projects'>): void {
  query.where('job.deletedAt IS NULL');
  if (caller.projects !== null)
    query.andWhere('job.projectId = ANY (:projects)', { projects: caller.projects });
  if (request.type !== undefined) query.andWhere('job.type = :type', { type: request.type });
  if (request.state !== undefined) query.andWhere('job.state = :state', { state: request.state });
  if (request.tag !== undefined) query.andWhere('job.tags @> :tags', { tags: [request.tag] });
  words(request.search ?? '').forEach((word, index) => {
    query.andWhere(`${SEARCHED} ILIKE :word${index}`, { [`word${index}`]: `%${escapeLike(word)}%` });
  });
}

/** The number of matches, and of those with a value in `column`. */
async function count(query: Query, column: string): Promise<{ total: number; sorted: number }> {
  const row = await query
    .clone()
    .select('count(*)', 'total')
    .addSelect(`count(${column})`, 'sorted')
    .getRawOne<{ total: string; sorted: string }>();
  return { total: Number(row?.total ?? 0), sorted: Number(row?.sorted ?? 0) };
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
