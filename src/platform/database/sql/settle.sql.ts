import type { Statement } from '../statement.js';
import { JOB_DELETED, standingJobs } from './deleted-jobs.sql.js';
import { PAUSE_FAILING } from './pause-failing.sql.js';

/**
 * Purpose: writes how attempts ended, if the writer still holds their lease: final states, retries back to
 * ready, the attempts' history, the jobs' streaks; drops leases that are done.
 *
 * Parameters: $1 claim ids, $2 owner; then arrays of one entry an attempt: $3 claim id, $4 execution id,
 *   $5 job id, $6 attempt, $7 state (final, or 'delayed' for a retry), $8 failure kind, $9 started, $10 finished,
 *   $11 output, $12 error, $13 trace (JSON text), $14 retry delay in seconds;
 *   $15 the distinct job ids, $16 whether followed executions may be settled too (the caller then applies the
 *   consequences in the same transaction).
 * Answers: a row for each attempt that was written, and one with state 'deferred' for each that needs the
 *   careful way. An attempt without a row was refused: its lease is lost or it has ended otherwise.
 * Only what is written here counts down the lease: a batch that is sent again because its answer was lost must not
 *   count twice. A lease whose other executions had ended already runs out, and the reaper drops it.
 * A retry of a job that was deleted ends as cancelled: its attempt was allowed to finish, another one is not to start.
 * Locks: the claim rows (the fence), for retries their jobs, then executions, then job_runtime in the order of ids.
 * Indexes: claims_pkey, executions_pkey, job_runtime_pkey, jobs_pkey.
 */
export const SETTLE: Statement = {
  name: 'settle',
  text: `
WITH fence AS MATERIALIZED (
  SELECT claim_id, remaining FROM claims
  WHERE claim_id = ANY ($1::uuid[]) AND owner = $2::uuid
  ORDER BY claim_id FOR UPDATE
), followed AS MATERIALIZED (
  SELECT job_id FROM job_runtime WHERE job_id = ANY ($15::uuid[]) AND followed AND NOT $16::boolean
), input AS MATERIALIZED (
  SELECT r.*, r.job_id IN (SELECT job_id FROM followed) AS deferred
  FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::integer[], $7::text[], $8::text[], $9::timestamptz[],
              $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::float8[])
       AS r (claim_id, id, job_id, attempt, state, failure_kind, started_at, finished_at, output, error, trace, retry_seconds)
  JOIN fence USING (claim_id)
), retry AS (
  SELECT job_id FROM input WHERE state = 'delayed' AND NOT deferred
), ${standingJobs('SELECT job_id FROM retry')}, gone AS MATERIALIZED (
  SELECT job_id FROM retry EXCEPT SELECT id FROM standing
), result AS (
  SELECT i.*, i.state = 'delayed' AND g.job_id IS NOT NULL AS is_last
  FROM input i LEFT JOIN gone g USING (job_id) WHERE NOT i.deferred
), ended AS (
  UPDATE executions e SET
    state = CASE WHEN r.is_last OR r.state = 'delayed' AND e.cancel_requested_at IS NOT NULL THEN 'cancelled' ELSE r.state END,
    attempt = CASE WHEN r.state = 'delayed' AND NOT r.is_last AND e.cancel_requested_at IS NULL THEN e.attempt + 1
                   ELSE e.attempt END,
    available_at = CASE WHEN r.state = 'delayed' THEN now() + make_interval(secs => r.retry_seconds) ELSE e.available_at END,
    failure_kind = CASE WHEN r.state = 'failed' THEN r.failure_kind END,
    started_at = coalesce(e.started_at, r.started_at),
    finished_at = CASE WHEN r.state = 'delayed' AND NOT r.is_last AND e.cancel_requested_at IS NULL THEN NULL
                       ELSE r.finished_at END,
    output = r.output::jsonb,
    error = CASE WHEN r.is_last AND e.cancel_requested_at IS NULL THEN ${JOB_DELETED} ELSE r.error::jsonb END,
    trace = r.trace::jsonb
  FROM result r
  WHERE e.id = r.id AND e.attempt = r.attempt AND e.state IN ('queued', 'running', 'delayed')
  RETURNING e.*, r.claim_id, r.attempt AS ended_attempt, r.state AS result_state, r.failure_kind AS result_failure_kind,
            r.error AS attempt_error, r.started_at AS attempt_started_at, r.finished_at AS attempt_finished_at
), retried AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
                     scheduled_for, payload, options, followed)
  SELECT id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, scheduled_for, payload,
         options, workflow_step_id IS NOT NULL
  FROM ended WHERE state = 'delayed' AND NOT flow
), held_back AS (
  INSERT INTO held (execution_id, job_id, priority, available_at)
  SELECT id, job_id, priority, available_at FROM ended WHERE state = 'delayed' AND flow
), history AS (
  INSERT INTO attempts (execution_id, attempt, started_at, finished_at, outcome, failure_kind, error, trace, worker)
  SELECT id, ended_attempt, attempt_started_at, attempt_finished_at,
         CASE WHEN result_state = 'delayed' THEN 'failed' ELSE result_state END,
         result_failure_kind, attempt_error::jsonb, trace, $2::uuid
  FROM ended WHERE result_state <> 'expired' AND (result_state <> 'succeeded' OR ended_attempt > 1)
  ON CONFLICT DO NOTHING
), tally AS (
  SELECT job_id, max(started_at) AS last_run_at, bool_or(state = 'succeeded') AS succeeded,
         count(*) FILTER (WHERE state = 'failed' AND (last_success IS NULL OR finished_at > last_success)) AS failures
  FROM (
    SELECT job_id, state, started_at, finished_at,
           max(finished_at) FILTER (WHERE state = 'succeeded') OVER (PARTITION BY job_id) AS last_success
    FROM ended WHERE state <> 'delayed'
  ) finished
  GROUP BY job_id
), streak AS MATERIALIZED (
  SELECT t.* FROM tally t JOIN job_runtime s USING (job_id)
  WHERE s.last_run_at IS NULL OR t.last_run_at > s.last_run_at + interval '1 second' OR t.failures > 0
     OR (t.succeeded AND s.consecutive_failures > 0)
  ORDER BY t.job_id FOR UPDATE OF s
), counted AS (
  UPDATE job_runtime s SET
    last_run_at = greatest(s.last_run_at, t.last_run_at),
    consecutive_failures = t.failures + CASE WHEN t.succeeded THEN 0 ELSE s.consecutive_failures END
  FROM streak t WHERE s.job_id = t.job_id
  RETURNING s.job_id, s.consecutive_failures
), ${PAUSE_FAILING}, handled AS (
  SELECT claim_id, count(*) AS settled FROM ended GROUP BY claim_id
), finished_claims AS (
  DELETE FROM claims c USING fence f JOIN handled h USING (claim_id)
  WHERE c.claim_id = f.claim_id AND f.remaining <= h.settled
), open_claims AS (
  UPDATE claims c SET remaining = f.remaining - h.settled
  FROM fence f JOIN handled h USING (claim_id)
  WHERE c.claim_id = f.claim_id AND f.remaining > h.settled
)
SELECT id AS "executionId", job_id AS "jobId", state, flow, workflow_step_id AS "workflowStepId" FROM ended
UNION ALL
SELECT id, job_id, 'deferred', false, NULL FROM input WHERE deferred`,
};
