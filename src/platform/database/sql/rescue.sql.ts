import type { Statement } from '../statement.js';
import { JOB_DELETED, standingJobs } from './deleted-jobs.sql.js';
import { TURN_HAD } from './flow.sql.js';
import { PAUSE_FAILING } from './pause-failing.sql.js';

const LOST = `jsonb_build_object('code', 'worker_lost', 'message',
      'The worker that ran this attempt stopped without a word; its lease ran out.')`;

/**
 * Purpose: takes executions away from workers whose lease ran out. Each goes back to ready as a further
 * attempt, that of a flow-controlled job to held, before those that came after it; or ends as cancelled, if that was asked for or its job was deleted; or as failed/crash, once it has been tried $2 times
 * or as often as its job allows, whichever is more: a crash of the worker is no fault of the job.
 *
 * Parameters: $1 claims at most, $2 attempts that a crash may always use.
 * Answers: one row an execution, with its new state.
 * Locks: expired claims (those being settled or renewed are passed over), then the jobs of what goes back, then the
 *   executions, then job_runtime in the order of ids.
 * Indexes: claims are few: a scan; executions_pkey, job_runtime_pkey, jobs_pkey.
 */
export const RESCUE: Statement = {
  name: 'rescue',
  text: `
WITH expired AS (
  DELETE FROM claims WHERE claim_id = ANY (ARRAY (
    SELECT claim_id FROM claims WHERE lease_until < now() ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING owner, ids, attempts
), lost AS (
  SELECT x.owner, u.id, u.attempt FROM expired x CROSS JOIN unnest(x.ids, x.attempts) AS u (id, attempt)
), open AS MATERIALIZED (
  SELECT l.*, e.job_id, CASE WHEN e.cancel_requested_at IS NOT NULL THEN 'cancelled'
                             WHEN e.attempt < greatest(e.max_attempts, $2::integer) THEN 'queued'
                             ELSE 'failed' END AS state
  FROM lost l JOIN executions e ON e.id = l.id AND e.attempt = l.attempt
  WHERE e.state IN ('queued', 'running', 'delayed')
), ${standingJobs(`SELECT job_id FROM open WHERE state = 'queued'`)}, verdict AS (
  SELECT o.owner, o.id, o.attempt, CASE WHEN o.state = 'queued' AND s.id IS NULL THEN 'cancelled' ELSE o.state END AS state
  FROM open o LEFT JOIN standing s ON s.id = o.job_id
), rescued AS (
  UPDATE executions e SET
    state = v.state,
    failure_kind = CASE WHEN v.state = 'failed' THEN 'crash' END,
    attempt = CASE WHEN v.state = 'queued' THEN e.attempt + 1 ELSE e.attempt END,
    available_at = CASE WHEN v.state = 'queued' THEN now() ELSE e.available_at END,
    finished_at = CASE WHEN v.state = 'queued' THEN NULL ELSE now() END,
    error = CASE WHEN v.state <> 'cancelled' THEN ${LOST}
                 WHEN e.cancel_requested_at IS NULL THEN ${JOB_DELETED}
                 ELSE jsonb_build_object('code', 'cancelled', 'message', e.cancel_reason) END
  FROM verdict v
  WHERE e.id = v.id AND e.attempt = v.attempt AND e.state IN ('queued', 'running', 'delayed')
  RETURNING e.*, v.owner, v.attempt AS lost_attempt
), history AS (
  INSERT INTO attempts (execution_id, attempt, started_at, finished_at, outcome, failure_kind, error, worker)
  SELECT id, lost_attempt, CASE WHEN lost_attempt = 1 THEN started_at END, now(), 'failed', 'crash', ${LOST}, owner
  FROM rescued
  ON CONFLICT DO NOTHING
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
                     scheduled_for, payload, options, followed)
  SELECT id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, scheduled_for, payload,
         options, workflow_step_id IS NOT NULL
  FROM rescued WHERE state = 'queued' AND NOT flow
), held_back AS (
  INSERT INTO held (execution_id, job_id, priority, available_at)
  SELECT id, job_id, priority, ${TURN_HAD} FROM rescued WHERE state = 'queued' AND flow
), tally AS (
  SELECT job_id, count(*) AS failures FROM rescued WHERE state = 'failed' GROUP BY job_id
), streak AS MATERIALIZED (
  SELECT t.* FROM tally t JOIN job_runtime s USING (job_id) ORDER BY t.job_id FOR UPDATE OF s
), counted AS (
  UPDATE job_runtime s SET consecutive_failures = s.consecutive_failures + t.failures
  FROM streak t WHERE s.job_id = t.job_id
  RETURNING s.job_id, s.consecutive_failures
), ${PAUSE_FAILING}, woken AS (
  SELECT pg_notify('carillon_ready', '') FROM (SELECT 1 FROM rescued WHERE state = 'queued' LIMIT 1) one
)
SELECT r.id AS "executionId", r.job_id AS "jobId", r.state, r.flow, r.workflow_step_id AS "workflowStepId"
FROM rescued r LEFT JOIN woken ON true`,
};
