/**
 * Part of SETTLE and RESCUE: pauses the jobs whose streak of failures has become too long, and tells every node.
 * Needs a part `counted` with job_id and consecutive_failures. Locks: the jobs, then their clocks.
 */
export const PAUSE_FAILING = `
paused AS (
  UPDATE jobs j SET state = 'paused', updated_at = now()
  FROM counted c
  WHERE j.id = c.job_id AND c.consecutive_failures > 0 AND c.consecutive_failures >= j.pause_after_failures
    AND j.state = 'enabled'
  RETURNING j.id
), stopped AS (
  UPDATE job_clocks k SET paused_run_at = k.next_run_at, next_run_at = NULL, schedule_version = k.schedule_version + 1
  FROM paused p WHERE k.job_id = p.id
  RETURNING k.job_id, pg_notify('carillon_jobs', k.job_id::text)
)`;
