import type { Statement } from '../statement.js';

/**
 * Purpose: ends executions that have not been claimed: takes them out of ready, held or waiting_executions.
 * Parameters: $1 execution ids, $2 reason.
 * Answers: those that were ended here, whether they held a slot, and whether they waited under rules of their job. What is on its way from one place to
 *   another just then is left out: the caller asks again.
 * Locks: their rows in held and waiting_executions, then the executions, then their rows in ready. It waits for none that an admission
 *   or a settlement has locked: those wait for slots, which the caller may lock next.
 * Indexes: executions_pkey, ready_order (by the stored priority and instant), held_pkey,
 *   waiting_executions_pkey.
 */
export const CANCEL_UNCLAIMED: Statement = {
  name: 'cancel_unclaimed',
  text: `
WITH waiting AS MATERIALIZED (
  SELECT execution_id FROM held WHERE execution_id = ANY ($1::uuid[]) FOR UPDATE SKIP LOCKED
), unmet AS MATERIALIZED (
  SELECT execution_id FROM waiting_executions WHERE execution_id = ANY ($1::uuid[]) FOR UPDATE SKIP LOCKED
), target AS MATERIALIZED (
  SELECT id, priority, available_at FROM executions
  WHERE id = ANY ($1::uuid[]) AND state IN ('delayed', 'waiting', 'queued')
    AND (id IN (SELECT execution_id FROM waiting) OR NOT EXISTS (SELECT FROM held h WHERE h.execution_id = id))
    AND (id IN (SELECT execution_id FROM unmet) OR NOT EXISTS (SELECT FROM waiting_executions w WHERE w.execution_id = id))
  FOR UPDATE SKIP LOCKED
), unready AS (
  DELETE FROM ready r USING target t
  WHERE r.priority = t.priority AND r.available_at = t.available_at AND r.execution_id = t.id
  RETURNING r.execution_id
), unheld AS (
  DELETE FROM held h USING target t, waiting w
  WHERE h.execution_id = t.id AND w.execution_id = t.id
  RETURNING h.execution_id
), unawaited AS (
  DELETE FROM waiting_executions w USING target t, unmet u
  WHERE w.execution_id = t.id AND u.execution_id = t.id
  RETURNING w.execution_id
)
UPDATE executions e SET state = 'cancelled', finished_at = now(), cancel_requested_at = now(), cancel_reason = $2,
                        error = jsonb_build_object('code', 'cancelled', 'message', $2::text)
WHERE e.id IN (SELECT execution_id FROM unready UNION ALL SELECT execution_id FROM unheld
               UNION ALL SELECT execution_id FROM unawaited)
RETURNING e.id AS "executionId", e.job_id AS "jobId", e.state, e.workflow_step_id AS "workflowStepId",
          e.flow AND e.id IN (SELECT execution_id FROM unready) AS flow,
          e.id IN (SELECT execution_id FROM unheld)
            AND EXISTS (SELECT FROM jobs j WHERE j.id = e.job_id AND j.flow_rules IS NOT NULL) AS "waitedByRules"`,
};

/**
 * Purpose: asks the worker that runs an execution to stop it; the request also survives that worker.
 * Parameters: $1 execution ids, $2 reason. Answers: the ids that were asked for.
 * Locks: the executions, in the order of ids, as settling does. Indexes: executions_pkey.
 */
export const REQUEST_CANCEL: Statement = {
  name: 'request_cancel',
  text: `
WITH target AS MATERIALIZED (
  SELECT id FROM executions
  WHERE id = ANY ($1::uuid[]) AND state IN ('delayed', 'waiting', 'queued', 'running')
  ORDER BY id FOR UPDATE
), asked AS (
  UPDATE executions e SET cancel_requested_at = coalesce(cancel_requested_at, now()),
                          cancel_reason = coalesce(cancel_reason, $2)
  FROM target t WHERE e.id = t.id
  RETURNING e.id
)
SELECT id AS "executionId", pg_notify('carillon_cancel', id::text) FROM asked`,
};

/**
 * Purpose: cancellations asked of executions that this worker runs, in case a notification was lost.
 * Parameters: $1 execution ids. Answers: those to stop, with the reason. Locks: none. Indexes: executions_pkey.
 */
export const CANCELS_ASKED: Statement = {
  name: 'cancels_asked',
  text: `
SELECT id AS "executionId", cancel_reason AS reason FROM executions
WHERE id = ANY ($1::uuid[]) AND cancel_requested_at IS NOT NULL`,
};

/**
 * Purpose: the executions of flow-controlled jobs that hold or wait for a slot, for the policy `cancelRunning`.
 * Parameters: $1 job ids. Answers: execution ids with their jobs. Locks: needs LOCK_SLOTS.
 * Indexes: ready_followed, held_due, executions_pkey; claims are few: a scan.
 */
export const UNFINISHED_FLOW: Statement = {
  name: 'unfinished_flow',
  text: `
SELECT execution_id AS "executionId", job_id AS "jobId" FROM ready WHERE followed AND job_id = ANY ($1::uuid[])
UNION ALL
SELECT execution_id, job_id FROM held WHERE job_id = ANY ($1::uuid[])
UNION ALL
SELECT execution_id, job_id FROM waiting_executions WHERE job_id = ANY ($1::uuid[])
UNION ALL
SELECT e.id, e.job_id FROM claims c CROSS JOIN unnest(c.ids, c.attempts) AS u (id, attempt)
JOIN executions e ON e.id = u.id AND e.attempt = u.attempt
WHERE e.flow AND e.job_id = ANY ($1::uuid[]) AND e.state IN ('queued', 'running', 'delayed')`,
};

/**
 * Purpose: the executions of jobs that no worker has taken yet, for the jobs' deletion.
 * Parameters: $1 job ids. Answers: execution ids. Locks: none. Indexes: held_due; ready is scanned.
 */
export const UNCLAIMED_OF: Statement = {
  name: 'unclaimed_of',
  text: `
SELECT execution_id AS "executionId" FROM ready WHERE job_id = ANY ($1::uuid[])
UNION ALL
SELECT execution_id FROM held WHERE job_id = ANY ($1::uuid[])
UNION ALL
SELECT execution_id FROM waiting_executions WHERE job_id = ANY ($1::uuid[])`,
};
