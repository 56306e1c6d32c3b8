import type { Statement } from '../statement.js';
import { IS_HELD } from './hold.sql.js';

/**
 * Purpose: records executions that are claimed from birth by a worker in the same process, which has room
 * for them: one commit instead of two, and nothing to wake.
 *
 * Parameters: $1 ids, $2 job ids, $3 triggers, $4 payloads (JSON text), $5 retry parents, $6 creators,
 *   $7 claim id, $8 owner, $9 lease in seconds.
 * While the scheduler is held, none is recorded.
 * Answers: what the worker needs of each recorded execution, as CLAIM does.
 * Locks: none beyond its own rows.
 * Indexes: jobs_pkey.
 */
export const ENQUEUE_CLAIMED: Statement = {
  name: 'enqueue_claimed',
  text: `
WITH request AS (
  SELECT r.id, r.job_id, j.version AS job_version, r.trigger, j.priority, j.max_attempts,
         r.payload::jsonb AS payload, r.retry_parent_id, r.created_by
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[])
       AS r (id, job_id, trigger, payload, retry_parent_id, created_by)
  JOIN jobs j ON j.id = r.job_id
  WHERE j.deleted_at IS NULL AND NOT j.flow_controlled AND NOT ${IS_HELD}
), recorded AS (
  INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts,
                          payload, retry_parent_id, created_by)
  SELECT id, job_id, job_version, 'queued', trigger, now(), priority, max_attempts, payload, retry_parent_id, created_by
  FROM request
), claimed AS (
  INSERT INTO claims (claim_id, owner, lease_until, ids, attempts, remaining)
  SELECT $7::uuid, $8::uuid, now() + make_interval(secs => $9), array_agg(id), array_agg(1), count(*)
  FROM request
  HAVING count(*) > 0
)
SELECT id AS "executionId", job_id AS "jobId", job_version AS "jobVersion", 1 AS attempt, max_attempts AS "maxAttempts",
       trigger, NULL::timestamptz AS "scheduledFor", now() AS "availableAt", payload, NULL::jsonb AS options,
       false AS followed
FROM request`,
};
