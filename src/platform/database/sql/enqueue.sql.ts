import type { Statement } from '../statement.js';
import { countsItself } from './counted.sql.js';
import { ASKED_BY_HAND, IS_HELD } from './hold.sql.js';

/**
 * Purpose: records executions and makes them ready, in one statement, so that neither exists alone.
 * Jobs that are deleted or flow-controlled are left out, and what is asked for by hand while the scheduler is held:
 * their ids are missing from the answer.
 *
 * Parameters: $1 ids, $2 job ids, $3 triggers, $4 earliest starts (null: now), $5 payloads (JSON text),
 *   $6 retry parents, $7 creators, $8 whether to notify workers in this transaction, $9 workflow steps,
 *   $10 priorities and $11 attempts at most (null: the job's), $12 options (JSON text), $13 the hours of the ids,
 *   $14 whether this is a transaction of its own. A column of nulls may be one null.
 * Answers: the ids that were recorded.
 * Locks: none beyond its own rows.
 * Indexes: jobs_pkey.
 */
export const ENQUEUE: Statement = {
  name: 'enqueue',
  text: `
WITH ${countsItself('$14::boolean')}, request AS MATERIALIZED (
  SELECT r.id, r.job_id, j.version AS job_version, r.trigger, greatest(r.start_at, now()) AS available_at,
         coalesce(r.priority, j.priority) AS priority, coalesce(r.max_attempts, j.max_attempts) AS max_attempts,
         r.payload::jsonb AS payload, r.retry_parent_id, r.created_by, r.workflow_step_id, r.options::jsonb AS options,
         r.hour, quiet.counted
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::uuid[], $7::text[], $9::uuid[],
              $10::smallint[], $11::integer[], $12::text[], $13::integer[])
       AS r (id, job_id, trigger, start_at, payload, retry_parent_id, created_by, workflow_step_id, priority,
             max_attempts, options, hour)
  JOIN jobs j ON j.id = r.job_id LEFT JOIN quiet ON true
  WHERE j.deleted_at IS NULL AND NOT j.flow_controlled AND NOT (r.trigger IN ${ASKED_BY_HAND} AND ${IS_HELD})
), recorded AS (
  INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts,
                          payload, retry_parent_id, created_by, workflow_step_id, options)
  SELECT id, job_id, job_version, CASE WHEN available_at > now() THEN 'delayed' ELSE 'queued' END, trigger,
         available_at, priority, max_attempts, payload, retry_parent_id, created_by, workflow_step_id, options
  FROM request
), counted AS (
  INSERT INTO execution_deltas (job_id, hour, created)
  SELECT job_id, hour, count(*) FROM request WHERE counted IS NOT NULL GROUP BY job_id, hour
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, payload,
                     options, followed)
  SELECT id, job_id, job_version, priority, available_at, 1, max_attempts, trigger, payload, options,
         workflow_step_id IS NOT NULL
  FROM request
), woken AS (
  SELECT pg_notify('carillon_ready', '') WHERE $8::boolean
)
SELECT request.id FROM request LEFT JOIN woken ON true`,
};
