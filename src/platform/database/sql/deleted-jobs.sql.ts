/** The error of an execution that is not tried again for its job is gone, as JSON. */
export const JOB_DELETED = `jsonb_build_object('code', 'cancelled', 'message', 'The job was deleted.')`;

/**
 * Part of SETTLE and RESCUE: those of some jobs that are there and not deleted, as `standing`. Only their executions may go
 * back to the queue.
 * Locks: the jobs, in the order of ids, against changes by hand alone, which lock a job FOR UPDATE first: a deletion that is
 * on its way is waited for; a later one finds in the queue what is put there. Indexes: jobs_pkey.
 * @param wanted a query of job ids
 */
export function standingJobs(wanted: string): string {
  return `standing AS MATERIALIZED (
  SELECT id FROM jobs WHERE id IN (${wanted}) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE
)`;
}
