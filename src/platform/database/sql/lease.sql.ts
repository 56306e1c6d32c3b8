import type { Statement } from '../statement.js';
import { MINE_OF_FENCE, RETURNED_FROM_CLAIMS } from './returned-claims.sql.js';

/**
 * Purpose: renews the leases that a worker knows of. A claim that is missing from the answer was taken away. One
 * that the worker does not know of (its statement was committed, the answer lost) runs out and is rescued.
 * Parameters: $1 owner, $2 lease in seconds, $3 claim ids. Answers: the claim ids still held.
 * Locks: the claim rows, in the order of ids, as settling does. Indexes: claims_pkey.
 */
export const RENEW_LEASES: Statement = {
  name: 'renew_leases',
  text: `
WITH mine AS MATERIALIZED (
  SELECT claim_id FROM claims
  WHERE claim_id = ANY ($3::uuid[]) AND owner = $1::uuid
  ORDER BY claim_id FOR UPDATE
)
UPDATE claims c SET lease_until = now() + make_interval(secs => $2)
FROM mine WHERE c.claim_id = mine.claim_id
RETURNING c.claim_id AS "claimId"`,
};

/**
 * Purpose: marks executions that have been running for a while as running; short ones never need it.
 * Parameters: $1 owner, $2 claim ids, $3 execution ids, $4 attempts, $5 starts. Answers: nothing.
 * Why the instant: what was put off meanwhile has not the attempt, but another start, in a day; it must stay delayed.
 * Locks: the executions; those that are being settled are passed over, so it never waits.
 * Indexes: executions_pkey, claims_pkey.
 */
export const MARK_RUNNING: Statement = {
  name: 'mark_running',
  text: `
WITH started AS MATERIALIZED (
  SELECT e.id, r.started_at
  FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::timestamptz[]) AS r (claim_id, id, attempt, started_at)
  JOIN claims c ON c.claim_id = r.claim_id AND c.owner = $1::uuid
  JOIN executions e ON e.id = r.id AND e.attempt = r.attempt AND e.state IN ('queued', 'delayed')
    AND e.available_at <= now()
  FOR UPDATE OF e SKIP LOCKED
)
UPDATE executions e SET state = 'running', started_at = coalesce(e.started_at, s.started_at)
FROM started s WHERE e.id = s.id`,
};

/**
 * Purpose: hands executions that a worker claimed but did not start back to the queue, at a shutdown.
 * The attempt does not count.
 * Parameters: $1 owner; then arrays of one entry an execution: $2 claim id, $3 execution id. Answers: how many.
 * Locks: the claims, then the executions. Indexes: claims_pkey, executions_pkey.
 */
export const RELEASE: Statement = {
  name: 'release',
  text: `
WITH ${MINE_OF_FENCE}, returned AS (
  UPDATE executions e SET state = 'queued', available_at = now()
  FROM mine m WHERE e.id = m.id AND e.attempt = m.attempt AND e.state IN ('queued', 'delayed')
  RETURNING e.*, m.claim_id
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
                     scheduled_for, payload, options, followed)
  SELECT id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, scheduled_for, payload,
         options, flow OR workflow_step_id IS NOT NULL
  FROM returned
), handled AS (
  SELECT claim_id, count(*) AS settled FROM returned GROUP BY claim_id
), ${RETURNED_FROM_CLAIMS}, woken AS (
  SELECT pg_notify('carillon_ready', '') FROM (SELECT 1 FROM returned LIMIT 1) one
)
SELECT count(*)::integer AS released FROM returned LEFT JOIN woken ON true`,
};
