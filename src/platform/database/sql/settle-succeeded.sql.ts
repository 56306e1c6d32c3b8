import type { Statement } from '../statement.js';
import { countsItself } from './counted.sql.js';

/**
 * Purpose: SETTLE for what ends most often: a first attempt that succeeded, of a job that nobody follows. It has no
 * history, no retry, no failure, so half of the work falls away. It must be a transaction of its own.
 *
 * Parameters: $1 claim ids, $2 owner, $3 the distinct job ids, $4 the five minutes in which all of them ended
 *   (seconds since 1970); then arrays of one entry an execution: $5 place of its claim id in $1 (from 1),
 *   $6 execution id, $7 hour of its id, $8 started and $9 finished (seconds since 1970); $10 the outputs and $11 the
 *   traces as one JSON array each, which spares the escapes of an array of texts (null where all are).
 * Answers: one row, how many were written, and their ids if not all were. What is missing is refused, or of a followed
 *   job: SETTLE tells.
 * Locks: the claim rows (the fence), then executions, then job_runtime in the order of ids.
 * Indexes: claims_pkey, executions_pkey, job_runtime_pkey.
 */
export const SETTLE_SUCCEEDED: Statement = {
  name: 'settle_succeeded',
  text: `
WITH ${countsItself()}, fence AS MATERIALIZED (
  SELECT claim_id, remaining, array_position($1::uuid[], claim_id) AS place FROM claims
  WHERE claim_id = ANY ($1::uuid[]) AND owner = $2::uuid
  ORDER BY claim_id FOR UPDATE
), followed AS MATERIALIZED (
  SELECT job_id FROM job_runtime WHERE job_id = ANY ($3::uuid[]) AND followed
), input AS MATERIALIZED (
  SELECT r.*, quiet.counted
  FROM ROWS FROM (
         unnest($5::integer[], $6::uuid[], $7::integer[], $8::float8[], $9::float8[]),
         jsonb_array_elements($10::jsonb), jsonb_array_elements($11::jsonb)
       ) AS r (place, id, hour, started_at, finished_at, output, trace)
  JOIN fence USING (place) LEFT JOIN quiet ON true
), ended AS (
  UPDATE executions e SET
    state = 'succeeded', started_at = coalesce(e.started_at, to_timestamp(r.started_at)),
    finished_at = to_timestamp(r.finished_at), output = nullif(r.output, 'null'), trace = nullif(r.trace, 'null'), error = NULL
  FROM input r
  WHERE e.id = r.id AND e.attempt = 1 AND e.state IN ('queued', 'running', 'delayed')
    AND NOT EXISTS (SELECT FROM followed f WHERE f.job_id = e.job_id)
  RETURNING e.id, e.job_id, e.started_at, r.place, r.hour, r.counted
), tally AS MATERIALIZED (
  SELECT job_id, hour, counted, count(*) AS succeeded, min(started_at) AS first_started_at, max(started_at) AS last_started_at
  FROM ended GROUP BY job_id, hour, counted
), streak AS MATERIALIZED (
  SELECT s.job_id, t.last_run_at
  FROM (SELECT job_id, max(last_started_at) AS last_run_at FROM tally GROUP BY job_id) t JOIN job_runtime s USING (job_id)
  WHERE s.last_run_at IS NULL OR t.last_run_at > s.last_run_at + interval '1 second' OR s.consecutive_failures > 0
  ORDER BY s.job_id FOR UPDATE OF s
), reset AS (
  UPDATE job_runtime s SET last_run_at = greatest(s.last_run_at, t.last_run_at), consecutive_failures = 0
  FROM streak t WHERE s.job_id = t.job_id
), deltas AS (
  INSERT INTO execution_deltas (job_id, hour, ended_bucket, succeeded, first_started_at, last_started_at)
  SELECT job_id, hour, to_timestamp($4::float8), succeeded, first_started_at, last_started_at
  FROM tally WHERE counted IS NOT NULL
), handled AS MATERIALIZED (
  SELECT f.claim_id, f.remaining - count(*) AS remaining FROM ended JOIN fence f USING (place) GROUP BY f.claim_id, f.remaining
), finished_claims AS (
  DELETE FROM claims c USING handled h WHERE c.claim_id = h.claim_id AND h.remaining <= 0
), open_claims AS (
  UPDATE claims c SET remaining = h.remaining FROM handled h WHERE c.claim_id = h.claim_id AND h.remaining > 0
)
SELECT count(*)::integer AS written, CASE WHEN count(*) < cardinality($6::uuid[]) THEN array_agg(id) END AS ids FROM ended`,
};
