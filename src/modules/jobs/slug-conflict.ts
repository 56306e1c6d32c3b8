import { QueryFailedError } from 'typeorm';
import { DomainError } from '../../domain/errors.js';

const SLUG_INDEX = 'jobs_slug';

/**
 * Runs `work`, in which a job may get a slug that another job of its project has.
 * @param field names the slug that was being written
 * @throws DomainError slug_taken
 */
export async function distinctSlugs<T>(
  work: () => Promise<T>,
  field: () => string = () => 'slug',
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSlugConflict(error)) throw error;
    throw new DomainError('conflict', 'slug_taken', 'Another job of the project has this slug.', [
      { field: field(), message: 'is taken by another job of the project' },
    ]);
  }
}

function isSlugConflict(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause = error.driverError as { constraint?: unknown };
  return cause.constraint === SLUG_INDEX;
}
