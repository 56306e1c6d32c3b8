import { DomainError } from '../../domain/errors.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';

/**
 * A project that the token does not reach does not exist for it.
 * @throws DomainError project_not_found
 */
export function requireProject(projectId: string, caller: Pick<Caller, 'projects'>): void {
  if (mayAccess(caller, projectId)) return;
  throw new DomainError('not_found', 'project_not_found', `There is no project ${projectId}.`);
}
