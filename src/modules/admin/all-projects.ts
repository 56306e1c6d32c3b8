import { DomainError } from '../../domain/errors.js';
import type { Caller } from '../../domain/job/caller.js';

/**
 * Keeps what reaches into every project to callers that may reach every project.
 * @throws DomainError all_projects_needed
 */
export function requireAllProjects({ projects }: Pick<Caller, 'projects'>): void {
  if (projects === null) return;
  throw new DomainError(
    'forbidden',
    'all_projects_needed',
    'This reaches into every project; the token is limited to some.',
  );
}
