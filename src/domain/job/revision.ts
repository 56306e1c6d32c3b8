import { DomainError } from '../errors.js';

/** The revisions of a job that a change may start from; null: whichever the job has. */
export type WantedRevisions = readonly number[] | null;

/** @throws DomainError precondition_failed where the job is at another revision */
export function requireRevision(revision: number, wanted: WantedRevisions): void {
  if (wanted === null || wanted.includes(revision)) return;
  throw new DomainError(
    'precondition',
    'precondition_failed',
    'The job has been changed since it was read. Read it again and repeat with its present ETag.',
  );
}
