import type { Statement } from '../statement.js';

/**
 * Purpose: the jobs whose latest executions failed, those with the longest streak first.
 * Parameters: $1 the least streak (from 1), $2 the only projects (null: all), $3 how many at most. Answers: their ids.
 * Locks: none. Indexes: job_runtime_failing, read from its end until there are enough; jobs_pkey.
 */
export const FAILING_JOBS: Statement = {
  name: 'failing_jobs',
  text: `
SELECT r.job_id AS id
FROM job_runtime r JOIN jobs j ON j.id = r.job_id
WHERE r.consecutive_failures >= $1 AND r.consecutive_failures > 0 AND j.deleted_at IS NULL
  AND ($2::text[] IS NULL OR j.project_id = ANY ($2))
ORDER BY r.consecutive_failures DESC, r.job_id LIMIT $3`,
};
