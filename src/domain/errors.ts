/** One fault of an input: which field (a path such as `retryPolicy.maxAttempts`) and what would mend it. */
export interface FieldFault {
  field: string;
  message: string;
}

/** What went wrong, in terms that every dialect can translate to its own status codes. */
export type ErrorKind =
  'invalid' | 'not_found' | 'conflict' | 'forbidden' | 'precondition' | 'rate_limited' | 'unavailable';

/**
 * A refusal that the caller can understand and act upon. Every dialect has an error presenter that turns
 * it into the documented shape. `code` is stable and documented; `message` is for people.
 */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(message);
    this.name = 'DomainError';
  }
}

/** An input that breaks rules; `faults` names every field at fault. */
export function invalid(faults: readonly FieldFault[], code = 'validation_failed'): DomainError {
  const summary = faults.map((fault) => `${fault.field}: ${fault.message}`).join('; ');
  return new DomainError('invalid', code, summary, faults);
}

export function jobNotFound(jobId: string): DomainError {
  return new DomainError('not_found', 'job_not_found', `No job has the id ${jobId}.`);
}

export function executionNotFound(executionId: string): DomainError {
  return new DomainError('not_found', 'execution_not_found', `No execution has the id ${executionId}.`);
}
