import { type EntityManager, QueryFailedError } from 'typeorm';
import { DomainError } from '../../domain/errors.js';

const SLUG_INDEX = 'jobs_slug';

/** A slug that is to be written. */
export interface WantedSlug {
  /** Of the job. */
  id: string;
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

/** The places of those of many jobs whose slug another one has, before it in the list or in the database. */
export async function takenSlugs(manager: EntityManager, wanted: readonly WantedSlug[]): Promise<number[]> {
  const rows = await manager.query<{ place: number }[]>(
    `WITH wanted AS (
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS w (id, project_id, slug, place)
       WHERE slug IS NOT NULL
     ), numbered AS (
       SELECT *, row_number() OVER (PARTITION BY project_id, slug ORDER BY place) AS nth FROM wanted
     )
     SELECT place::integer - 1 AS place FROM numbered w
     WHERE nth > 1 OR EXISTS (SELECT FROM jobs j WHERE j.project_id = w.project_id AND j.slug = w.slug
                                AND j.deleted_at IS NULL AND j.id <> w.id)
     ORDER BY w.place`,
    [wanted.map(({ id }) => id), wanted.map(({ projectId }) => projectId), wanted.map(({ slug }) => slug)],
  );
  return rows.map(({ place }) => place);
}

function isSlugConflict(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause = error.driverError as { constraint?: unknown };
  return cause.constraint === SLUG_INDEX;
}
