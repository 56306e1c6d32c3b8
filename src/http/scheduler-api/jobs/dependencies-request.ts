import { type FieldFault, invalid } from '../../../domain/errors.js';
import { isIdentifier } from '../../../domain/identifier.js';
import type { JobDependencies } from '../../../domain/job/dependencies.js';
import type { SetDependenciesDto } from './dependencies.dto.js';

/**
 * What a request lets a job wait for.
 * @param field how the request calls the list of prerequisites
 * @throws DomainError validation_failed for what can be the id of nothing
 */
export function dependenciesFrom(
  { dependsOnJobIds, condition }: SetDependenciesDto,
  field: string,
): JobDependencies {
  const faults: FieldFault[] = dependsOnJobIds.flatMap((id, index) =>
    isIdentifier(id) ? [] : [{ field: `${field}.${index}`, message: `"${id}" is no job id` }],
  );
  if (faults.length > 0) throw invalid(faults);
  const ids = new Set(dependsOnJobIds.map((id) => id.toLowerCase()));
  return {
    mode: condition === 'AllSucceeded' ? 'all' : 'any',
    prerequisites: [...ids].map((jobId) => ({ jobId, condition: 'succeeded' })),
  };
}
