import { type DataSource, QueryFailedError } from 'typeorm';
import { DomainError } from '../../domain/errors.js';

const SLUG_INDEX = 'jobs_slug';

/** A slug that is to be written. */
export interface WantedSlug {
  projectId: string;
  slug: string | null;
}

/**
 * Runs `work`, in which a job may get a slug that another job of its project has.
 * @param field names the slug that is taken, asked once `work` has been rolled back
 * @throws DomainError slug_taken
 */
export async function distinctSlugs<T>(
  work: () => Promise<T>,
  field: () => string | Promise<string> = () => 'slug',
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSlugConflict(error)) throw error;
    throw new DomainError('conflict', 'slug_taken', 'Another job of the project has this slug.', [
      { field: await field(), message: 'is taken by another job of the project' },
    ]);
  }
}

/**
 * Which of many jobs has a slug that another one has, before it in the list or in the database; -1: none any more.
 */
export async function takenSlug(dataSource: DataSource, wanted: readonly WantedSlug[]): Promise<number> {
  const [row] = await dataSource.query<{ place: number }[]>(
    `SELECT w.place::integer - 1 AS place
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (project_id, slug, place)
     WHERE EXISTS (SELECT FROM jobs j WHERE j.project_id = w.project_id AND j.slug = w.slug AND j.deleted_at IS NULL)
        OR EXISTS (SELECT FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS o (project_id, slug, place)
                   WHERE o.project_id = w.project_id AND o.slug = w.slug AND o.place < w.place)
     ORDER BY w.place LIMIT 1`,
    [wanted.map(({ projectId }) => projectId), wanted.map(({ slug }) => slug)],
  );
  return row?.place ?? -1;
}

function isSlugConflict(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause = error.driverError as { constraint?: unknown };
  return cause.constraint === SLUG_INDEX;
}
