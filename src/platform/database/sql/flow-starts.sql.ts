import type { Statement } from '../statement.js';
import { expiryOf } from './expiry.sql.js';
import { HOLDERS, TURN_HAD } from './flow.sql.js';
import { MINE_OF_FENCE, RETURNED_FROM_CLAIMS } from './returned-claims.sql.js';

/**
 * Purpose: notes when attempts started whose starts rates count, as soon as that is known.
 * Parameters: $1 execution ids, $2 attempts, $3 starts. Answers: their jobs.
 * Locks: the rows; what is being settled is passed over, so it never waits. Indexes: flow_starts_pkey.
 */
export const RECORD_STARTS: Statement = {
  name: 'record_starts',
  text: `
WITH place AS MATERIALIZED (
  SELECT s.execution_id, s.attempt, s.rule, r.started_at
  FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[]) AS r (execution_id, attempt, started_at)
  JOIN flow_starts s ON s.execution_id = r.execution_id AND s.attempt = r.attempt
  -- An attempt that was put off before it was sent starts anew.
  WHERE s.started_at IS NULL OR s.started_at < r.started_at
  FOR UPDATE OF s SKIP LOCKED
), noted AS (
  UPDATE flow_starts s SET started_at = p.started_at FROM place p
  WHERE s.execution_id = p.execution_id AND s.attempt = p.attempt AND s.rule = p.rule
  RETURNING s.job_id
)
SELECT DISTINCT job_id AS "jobId" FROM noted ORDER BY 1`,
};

/**
 * Purpose: closes the places in rates of attempts that are over, in the transaction that ends them: notes when they
 * started; where nobody knows, as after a crash, when they ended. What never started gives its place back.
 * Parameters: $1 execution ids. Answers: jobs and scopes with how many places were given back.
 * Locks: needs LOCK_SLOTS. Indexes: flow_starts_pkey, executions_pkey, attempts_pkey.
 */
export const CLOSE_STARTS: Statement = {
  name: 'close_starts',
  text: `
WITH open AS MATERIALIZED (
  SELECT s.execution_id, s.attempt, s.rule,
         CASE WHEN a.execution_id IS NOT NULL THEN coalesce(a.started_at, a.finished_at)
              WHEN s.attempt = 1 THEN e.started_at END AS started_at
  FROM flow_starts s
  LEFT JOIN executions e ON e.id = s.execution_id
  LEFT JOIN attempts a ON a.execution_id = s.execution_id AND a.attempt = s.attempt
  WHERE s.execution_id = ANY ($1::uuid[]) AND s.started_at IS NULL
), noted AS (
  UPDATE flow_starts s SET started_at = o.started_at FROM open o
  WHERE s.execution_id = o.execution_id AND s.attempt = o.attempt AND s.rule = o.rule AND o.started_at IS NOT NULL
), returned AS (
  DELETE FROM flow_starts s USING open o
  WHERE s.execution_id = o.execution_id AND s.attempt = o.attempt AND s.rule = o.rule AND o.started_at IS NULL
  RETURNING s.job_id, s.scope
)
SELECT job_id AS "jobId", scope, count(*)::integer AS count FROM returned GROUP BY job_id, scope`,
};

/**
 * Purpose: takes back executions that a worker claimed and may not start any more, because their execution window has
 * closed: they wait again, and the attempt does not count.
 * Parameters: $1 owner; then arrays of one entry an execution: $2 claim id, $3 execution id.
 * Answers: those that were taken back, as ended ones, and whether they held a slot.
 * Locks: the claims, then the executions. Indexes: claims_pkey, executions_pkey.
 */
export const POSTPONE: Statement = {
  name: 'postpone',
  text: `
WITH ${MINE_OF_FENCE}, returned AS (
  UPDATE executions e SET state = 'queued'
  FROM mine m WHERE e.id = m.id AND e.attempt = m.attempt AND e.flow AND e.state IN ('queued', 'delayed')
  RETURNING e.*, m.claim_id
), held_back AS (
  INSERT INTO held (execution_id, job_id, priority, available_at, expires_at)
  SELECT e.id, e.job_id, e.priority, e.${TURN_HAD}, CASE WHEN e.attempt = 1 THEN ${expiryOf('e', 'j')} END
  FROM returned e JOIN jobs j ON j.id = e.job_id
), handled AS (
  SELECT claim_id, count(*) AS settled FROM returned GROUP BY claim_id
), ${RETURNED_FROM_CLAIMS}
SELECT id AS "executionId", job_id AS "jobId", state, flow, workflow_step_id AS "workflowStepId" FROM returned`,
};

/**
 * Purpose: ends executions that wait for their turn and may not start any more.
 * Parameters: $1 how many at most. Answers: those that ended.
 * Locks: their rows in held, then the executions; what an admission or a cancellation has locked is passed over.
 * Indexes: held_expiry, held_pkey, executions_pkey.
 */
export const EXPIRE_HELD: Statement = {
  name: 'expire_held',
  text: `
WITH late AS MATERIALIZED (
  SELECT execution_id FROM held WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
), target AS MATERIALIZED (
  SELECT id FROM executions
  WHERE id IN (SELECT execution_id FROM late) AND state IN ('delayed', 'queued') FOR UPDATE SKIP LOCKED
), unheld AS (
  DELETE FROM held h USING target t WHERE h.execution_id = t.id RETURNING h.execution_id, h.expires_at
)
UPDATE executions e SET state = 'expired', finished_at = now(),
       error = jsonb_build_object('code', 'expired', 'message', 'It had to start before '
               || to_char(u.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '.')
FROM unheld u WHERE e.id = u.execution_id
RETURNING e.id AS "executionId", e.job_id AS "jobId", e.state, false AS flow, e.workflow_step_id AS "workflowStepId",
          EXISTS (SELECT FROM jobs j WHERE j.id = e.job_id AND j.flow_rules IS NOT NULL) AS "waitedByRules"`,
};

/**
 * Purpose: places in rates that were left open: their attempts are in nobody's hands. Should never find any.
 * Parameters: $1 job ids, locked by LOCK_SLOTS. Answers: execution ids.
 * Locks: needs LOCK_SLOTS. Indexes: flow_starts_leaving, ready_followed, executions_pkey.
 */
export const LOST_STARTS: Statement = {
  name: 'lost_starts',
  text: `
WITH ${HOLDERS}
SELECT DISTINCT s.execution_id AS "executionId" FROM flow_starts s
WHERE s.job_id = ANY ($1::uuid[]) AND s.started_at IS NULL
  AND NOT EXISTS (SELECT FROM holders h WHERE h.id = s.execution_id AND h.attempt = s.attempt)`,
};

/**
 * Purpose: forgets starts under rates that the job has no more.
 * Parameters: $1 job id, $2 the rates that it has. Answers: nothing. Locks: needs LOCK_SLOTS. Indexes: flow_starts_leaving.
 */
export const FORGET_STARTS: Statement = {
  name: 'forget_starts',
  text: `DELETE FROM flow_starts WHERE job_id = $1::uuid AND rule <> ALL ($2::text[])`,
};

/**
 * Purpose: sets the counters of a job with rules right that disagree with the executions that hold slots and with the
 * starts that rates count. Should never find any but after a change of the rules.
 * Parameters: $1 the job id, as a list, locked by LOCK_SLOTS. Answers: the scopes whose counter was wrong.
 * Locks: needs LOCK_SLOTS. Indexes: ready_followed, executions_pkey, flow_starts_leaving, flow_counters_pkey.
 */
export const MEND_COUNTERS: Statement = {
  name: 'mend_counters',
  text: `
WITH ${HOLDERS}, truth AS (
  SELECT job_id, 'key:' || (options #>> '{run,concurrencyKey}') AS scope, count(*)::integer AS used
  FROM holders h WHERE options #>> '{run,concurrencyKey}' IS NOT NULL
    AND EXISTS (SELECT FROM jobs j WHERE j.id = h.job_id AND j.flow_rules IS NOT NULL)
  GROUP BY 1, 2
  UNION ALL
  SELECT job_id, scope, count(*)::integer FROM flow_starts WHERE job_id = ANY ($1::uuid[]) GROUP BY 1, 2
), wrong AS MATERIALIZED (
  SELECT job_id, scope, t.used
  FROM truth t FULL JOIN (SELECT * FROM flow_counters WHERE job_id = ANY ($1::uuid[])) c USING (job_id, scope)
  WHERE t.used IS DISTINCT FROM c.used
), dropped AS (
  DELETE FROM flow_counters c USING wrong w WHERE c.job_id = w.job_id AND c.scope = w.scope AND w.used IS NULL
), put AS (
  INSERT INTO flow_counters (job_id, scope, used) SELECT job_id, scope, used FROM wrong WHERE used IS NOT NULL
  ON CONFLICT (job_id, scope) DO UPDATE SET used = excluded.used
)
SELECT job_id AS "jobId", scope FROM wrong`,
};

/**
 * Purpose: lets everything of a job that waits for room under some scope be looked at again, after a change of its rules.
 * Parameters: $1 job id. Answers: nothing. Locks: needs LOCK_SLOTS. Indexes: held_parked.
 */
export const UNPARK_ALL: Statement = {
  name: 'unpark_all',
  text: `UPDATE held SET parked_on = NULL WHERE job_id = $1::uuid AND parked_on IS NOT NULL`,
};

/**
 * Purpose: lets the first that wait for a scope with room be looked at again. Should never find any.
 * Parameters: $1 job id, $2 the starts of scopes, $3 how many count under each of these at most. Answers: nothing.
 * Locks: needs LOCK_SLOTS. Indexes: held_parked, once a scope; flow_counters_pkey.
 */
export const UNPARK_STUCK: Statement = {
  name: 'unpark_stuck',
  text: `
WITH RECURSIVE scopes (scope) AS (
  (SELECT parked_on FROM held WHERE job_id = $1::uuid AND parked_on IS NOT NULL ORDER BY parked_on LIMIT 1)
  UNION ALL
  SELECT (SELECT parked_on FROM held WHERE job_id = $1::uuid AND parked_on > s.scope ORDER BY parked_on LIMIT 1)
  FROM scopes s WHERE s.scope IS NOT NULL
), roomy AS (
  SELECT s.scope, r.max - coalesce(c.used, 0) AS room
  FROM scopes s
  JOIN unnest($2::text[], $3::integer[]) AS r (prefix, max) ON starts_with(s.scope, r.prefix)
  LEFT JOIN flow_counters c ON c.job_id = $1::uuid AND c.scope = s.scope
  WHERE s.scope IS NOT NULL AND coalesce(c.used, 0) < r.max
), first AS MATERIALIZED (
  SELECT next.execution_id FROM roomy r CROSS JOIN LATERAL (
    SELECT execution_id FROM held h WHERE h.job_id = $1::uuid AND h.parked_on = r.scope
    ORDER BY h.priority DESC, h.available_at, h.execution_id LIMIT r.room
  ) next
)
UPDATE held h SET parked_on = NULL FROM first WHERE h.execution_id = first.execution_id`,
};
