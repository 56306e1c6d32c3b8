import type { Statement } from '../statement.js';
import { countsItself } from './counted.sql.js';
import { IS_HELD } from './hold.sql.js';

/**
 * Purpose: records executions that are claimed from birth by a worker in the same process, which has room
 * for them: one commit instead of two, and nothing to wake.
 *
 * Parameters: $1 ids, $2 job ids, $3 triggers, $4 payloads (JSON text), $5 retry parents, $6 creators,
 *   $7 claim id, $8 owner, $9 lease in seconds, $10 the hours of the ids. A column of nulls may be one null.
 * It must be a transaction of its own.
 * While the scheduler is held, none is recorded.
 * Answers: what the worker needs of each recorded execution, as CLAIM does.
 * Locks: none beyond its own rows.
 * Indexes: jobs_pkey.
 */
export const ENQUEUE_CLAIMED: Statement = {
  name: 'enqueue_claimed',
  text: `
WITH ${countsItself()}, request AS MATERIALIZED (
  SELECT r.id, r.job_id, j.version AS job_version, r.trigger, j.priority, j.max_attempts,
         r.payload::jsonb AS payload, r.retry_parent_id, r.created_by, r.hour, quiet.counted
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $10::integer[])
       AS r (id, job_id, trigger, payload, retry_parent_id, created_by, hour)
  JOIN jobs j ON j.id = r.job_id LEFT JOIN quiet ON true
  WHERE j.deleted_at IS NULL AND NOT j.flow_controlled AND NOT ${IS_HELD}
), recorded AS (
  INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts,
                          payload, retry_parent_id, created_by)
  SELECT id, job_id, job_version, 'queued', trigger, now(), priority, max_attempts, payload, retry_parent_id, created_by
  FROM request
), counted AS (
  INSERT INTO execution_deltas (job_id, hour, created)
  SELECT job_id, hour, count(*) FROM request WHERE counted IS NOT NULL GROUP BY job_id, hour
), claimed AS (
  INSERT INTO claims (claim_id, owner, lease_until, ids, attempts, remaining)
  SELECT $7::uuid, $8::uuid, now() + make_interval(secs => $9), array_agg(id), array_agg(1), count(*)
  FROM request
  HAVING count(*) > 0
)
SELECT id AS "executionId", job_id AS "jobId", job_version AS "jobVersion", 1 AS attempt, max_attempts AS "maxAttempts",
       trigger, NULL::float8 AS "scheduledFor", date_part('epoch', now()) AS "availableAt", payload, NULL::jsonb AS options,
       false AS followed
FROM request`,
};
