import type { EntityManager } from 'typeorm';
import { DomainError } from '../../domain/errors.js';
import type { Caller } from '../../domain/job/caller.js';
import type { JobState } from '../../domain/job/job-type.js';
import { JobEntity } from './entities/job.entity.js';
import { type JobFilter, narrowToFilter } from './job-list-query.js';

/** Jobs of one bulk operation at most. */
export const BULK_LIMIT = 10_000;

/** The jobs that a bulk operation is asked for: named one by one, or by a filter. */
export type JobSelection = { ids: readonly string[] } | { filter: JobFilter };

/**
 * The ids of the selected jobs that exist for the caller, in their order of creation.
 * @param states only jobs in these states; absent: in any
 * @throws DomainError bulk_limit_exceeded
 */
export async function selectJobIds(
  manager: EntityManager,
  selection: JobSelection,
  states: readonly JobState[] | undefined,
  caller: Pick<Caller, 'projects'>,
): Promise<string[]> {
  const query = manager.createQueryBuilder(JobEntity, 'job').select('job.id', 'id');
  narrowToFilter(query, 'filter' in selection ? selection.filter : {}, caller);
  if ('ids' in selection) query.andWhere('job.id = ANY (:ids)', { ids: selection.ids });
  if (states !== undefined) query.andWhere('job.state = ANY (:wanted)', { wanted: states });
  const rows = await query
    .orderBy('job.id')
    .limit(BULK_LIMIT + 1)
    .getRawMany<{ id: string }>();
  if (rows.length > BULK_LIMIT) throw limitExceeded();
  return rows.map((row) => row.id);
}

function limitExceeded(): DomainError {
  return new DomainError(
    'invalid',
    'bulk_limit_exceeded',
    `More than ${BULK_LIMIT} jobs match; narrow the filter and repeat.`,
  );
}
