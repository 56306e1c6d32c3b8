import { DomainError } from '../../domain/errors.js';

export function workflowNotFound(id: string): DomainError {
  return new DomainError('not_found', 'workflow_not_found', `No workflow has the id ${id}.`);
}

export function workflowRunNotFound(id: string): DomainError {
  return new DomainError('not_found', 'workflow_run_not_found', `No run of a workflow has the id ${id}.`);
}
