import type { Statement } from '../statement.js';
import { countsItself } from './counted.sql.js';
import { IS_HELD } from './hold.sql.js';

/**
 * Purpose: fires a batch of clocks: advances each one that still stands where it was read, records its
 * executions and makes them ready, notes the instants that did not become one. Of many nodes exactly one
 * wins each clock; there is no leader.
 *
 * Parameters: clocks, a job once: $1 job ids, $2 schedule versions, $3 next instants (null: the schedule has ended),
 *   $4 up to where all is on record then;
 *   executions: $5 ids, $6 job ids, $7 nominal instants, $8 jitters in seconds;
 *   notes: $9 job ids, $10 first, $11 last, $12 counts, $13 results, $14 reasons;
 *   $15 the hours of the ids, $16 whether this is a transaction of its own; $17 claim id, $18 owner and $19 lease in
 *   seconds of a worker in this process that has room for all of them (null: they are for the queue).
 *   $3, $4 and $7 in seconds since 1970, which are written and read faster than timestamps.
 * A clock whose schedule has ended is marked: COMPLETE_JOBS does the rest.
 * While the scheduler is held, and before their instant has come, executions are for the queue in any case.
 * Answers: the job ids whose clock was advanced here, and with them what the worker needs of the executions it got.
 * Locks: the clock rows; those that another node is firing are passed over.
 * Indexes: job_clocks_pkey, jobs_pkey, executions_occurrence (exactly once).
 */
export const FIRE: Statement = {
  name: 'fire',
  text: `
WITH ${countsItself('$16::boolean')}, due AS MATERIALIZED (
  SELECT d.job_id, d.schedule_version, to_timestamp(d.next_run_at) AS next_run_at,
         to_timestamp(d.accounted_until) AS accounted_until
  FROM unnest($1::uuid[], $2::bigint[], $3::float8[], $4::float8[])
       AS d (job_id, schedule_version, next_run_at, accounted_until)
), won AS MATERIALIZED (
  SELECT c.job_id, d.next_run_at, d.accounted_until FROM job_clocks c JOIN due d USING (job_id)
  WHERE c.schedule_version = d.schedule_version AND c.next_run_at IS NOT NULL
  FOR UPDATE OF c SKIP LOCKED
), moved AS (
  UPDATE job_clocks c SET next_run_at = w.next_run_at, accounted_until = w.accounted_until,
                          late_until = CASE WHEN w.next_run_at <= c.late_until THEN c.late_until END,
                          ended = w.next_run_at IS NULL, schedule_version = c.schedule_version + 1
  FROM won w
  WHERE c.job_id = w.job_id
  RETURNING c.job_id
), fired AS (
  INSERT INTO executions (id, job_id, job_version, state, trigger, scheduled_for, available_at, priority, max_attempts, created_by)
  SELECT f.id, f.job_id, j.version,
         CASE WHEN f.scheduled_for + make_interval(secs => f.jitter) > now() THEN 'delayed' ELSE 'queued' END,
         'schedule', f.scheduled_for, greatest(f.scheduled_for + make_interval(secs => f.jitter), now()),
         j.priority, j.max_attempts, 'scheduler'
  FROM (SELECT u.id, u.job_id, to_timestamp(u.instant) AS scheduled_for, u.jitter, quiet.counted
        FROM unnest($5::uuid[], $6::uuid[], $7::float8[], $8::float8[]) AS u (id, job_id, instant, jitter)
        LEFT JOIN quiet ON true) f
  JOIN won USING (job_id) JOIN jobs j ON j.id = f.job_id
  ON CONFLICT (job_id, scheduled_for) WHERE scheduled_for IS NOT NULL DO NOTHING
  RETURNING id, job_id, job_version, priority, available_at, max_attempts, scheduled_for
), counted AS (
  INSERT INTO execution_deltas (job_id, hour, created)
  SELECT f.job_id, h.hour, count(*)
  FROM fired f JOIN unnest($5::uuid[], $15::integer[]) AS h (id, hour) USING (id) CROSS JOIN quiet
  GROUP BY f.job_id, h.hour
), local_claim AS MATERIALIZED (
  SELECT $17::uuid AS claim_id WHERE $17::uuid IS NOT NULL AND NOT ${IS_HELD}
), handed AS MATERIALIZED (
  SELECT fired.*, local_claim.claim_id FROM fired CROSS JOIN local_claim WHERE available_at <= now()
), claimed AS (
  INSERT INTO claims (claim_id, owner, lease_until, ids, attempts, remaining)
  SELECT claim_id, $18::uuid, now() + make_interval(secs => $19::float8), array_agg(id), array_agg(1), count(*)
  FROM handed GROUP BY claim_id
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, scheduled_for)
  SELECT id, job_id, job_version, priority, available_at, 1, max_attempts, 'schedule', scheduled_for FROM fired
  WHERE available_at > now() OR NOT EXISTS (SELECT FROM local_claim)
  RETURNING 1
), noted AS (
  INSERT INTO occurrences (job_id, scheduled_for, through, instants, result, reason)
  SELECT n.job_id, n.first, n.last, n.instants, n.result, n.reason
  FROM unnest($9::uuid[], $10::timestamptz[], $11::timestamptz[], $12::integer[], $13::text[], $14::text[])
       AS n (job_id, first, last, instants, result, reason)
  JOIN won USING (job_id)
  ON CONFLICT DO NOTHING
), woken AS (
  SELECT pg_notify('carillon_ready', '') FROM (SELECT 1 FROM readied LIMIT 1) one
)
SELECT won.job_id AS "jobId", h.id AS "executionId", h.job_version AS "jobVersion", 1 AS attempt,
       h.max_attempts AS "maxAttempts", 'schedule' AS trigger, date_part('epoch', h.scheduled_for) AS "scheduledFor",
       date_part('epoch', h.available_at) AS "availableAt", NULL::jsonb AS payload, NULL::jsonb AS options, false AS followed
FROM won LEFT JOIN woken ON true LEFT JOIN handed h ON h.job_id = won.job_id`,
};

/**
 * Purpose: notes due instants that did not become an execution, in the transaction of their firing.
 * Parameters: $1 job ids, $2 first, $3 last, $4 counts, $5 results, $6 reasons. Answers: nothing.
 * Locks: none. Indexes: occurrences_pkey (a note is written once).
 */
export const NOTE: Statement = {
  name: 'note',
  text: `
INSERT INTO occurrences (job_id, scheduled_for, through, instants, result, reason)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::integer[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING`,
};
