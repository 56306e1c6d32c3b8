import type { Statement } from '../statement.js';

/**
 * Purpose: completes jobs whose schedule has ended by a firing: FIRE leaves a mark on their clocks.
 * Parameters: $1 how many at most.
 * Answers: one row, how many marks were dealt with. One that somebody is changing keeps its mark for the next time.
 * Locks: the jobs, then their clocks, as every change of a job does; those that are locked are passed over. Both are
 *   looked at anew under their locks, so a schedule that was changed meanwhile is left alone.
 * Indexes: job_clocks_ended, jobs_pkey, job_clocks_pkey.
 */
export const COMPLETE_JOBS: Statement = {
  name: 'complete_jobs',
  text: `
WITH ended AS MATERIALIZED (
  SELECT j.id FROM job_clocks c JOIN jobs j ON j.id = c.job_id
  WHERE c.ended AND c.next_run_at IS NULL
  ORDER BY j.id LIMIT $1
  FOR UPDATE OF j, c SKIP LOCKED
), completed AS (
  UPDATE jobs j SET state = 'completed', updated_at = now()
  FROM ended e WHERE j.id = e.id AND j.state = 'enabled'
), unmarked AS (
  UPDATE job_clocks c SET ended = false FROM ended e WHERE c.job_id = e.id
)
SELECT count(*)::integer AS count FROM ended`,
};
