import type { Statement } from '../statement.js';
import { CLAIMED_IDS } from './claimed-ids.sql.js';

/**
 * Purpose: a job's executions by the hour of their ids, the newest first: what pages and totals are found by.
 * Parameters: $1 job id, $2 whether to count those that run, too (else 0).
 * Locks: none. Indexes: job_rollups_pkey, executions_pkey; deltas and claims are scanned: they are few.
 */
export const JOB_HOURS: Statement = {
  name: 'job_hours',
  text: `
WITH counted AS (
  SELECT hour, sum(created)::integer AS created, sum(succeeded)::integer AS succeeded, sum(failed)::integer AS failed,
         sum(cancelled)::integer AS cancelled, sum(unstarted)::integer AS unstarted,
         min(first_started_at) AS first_started_at, max(last_started_at) AS last_started_at
  FROM (SELECT hour, created, succeeded, failed, cancelled, unstarted, first_started_at, last_started_at
        FROM job_rollups WHERE job_id = $1
        UNION ALL
        SELECT hour, created, succeeded, failed, cancelled, unstarted, first_started_at, last_started_at
        FROM execution_deltas WHERE job_id = $1 AND hour IS NOT NULL) c
  GROUP BY hour HAVING sum(created) > 0
), running AS (
  SELECT uuid_hour(e.id) AS hour, count(*)::integer AS running
  FROM ${CLAIMED_IDS} JOIN executions e USING (id)
  WHERE $2::boolean AND e.job_id = $1 AND e.state = 'running'
  GROUP BY 1
)
SELECT hour, created, succeeded, failed, cancelled, unstarted, first_started_at AS "firstStartedAt",
       last_started_at AS "lastStartedAt", coalesce(running, 0) AS running
FROM counted LEFT JOIN running USING (hour)
ORDER BY hour DESC`,
};

/**
 * Purpose: whether any execution of a job has not ended. Exact: what writes executions writes deltas in the same
 *   transaction. Parameters: $1 job id. Answers: one row.
 * Locks: none. Indexes: job_rollups_pkey; deltas are scanned: they are few.
 */
export const ANY_ACTIVE: Statement = {
  name: 'any_active',
  text: `
SELECT coalesce(sum(created - succeeded - failed - cancelled), 0) > 0 AS active
FROM (SELECT created, succeeded, failed, cancelled FROM job_rollups WHERE job_id = $1
      UNION ALL
      SELECT created, succeeded, failed, cancelled FROM execution_deltas WHERE job_id = $1) c`,
};

const MATCHES = `e.job_id = $1 AND e.id >= h.low AND e.id <= h.high
    AND ($4::text[] IS NULL OR e.state = ANY ($4)) AND ($5::timestamptz IS NULL OR e.started_at >= $5)
    AND ($6::timestamptz IS NULL OR e.started_at <= $6)`;

const UNSUCCESSFUL = `unsuccessful_executions u JOIN executions e ON e.id = u.execution_id
  WHERE u.job_id = $1 AND u.failed = $7 AND u.execution_id >= h.low AND u.execution_id <= h.high AND ${MATCHES}`;

/**
 * Purpose: how many executions of a job match in each of some stretches of ids.
 * Parameters: $1 job id, $2 first and $3 last id of each stretch, $4 states, $5 and $6 bounds of the start, null: all.
 * Answers: a row for each stretch, in their order. Locks: none. Indexes: executions_job.
 */
export const COUNT_STRETCHES: Statement = {
  name: 'count_stretches',
  text: `
SELECT (SELECT count(*) FROM executions e WHERE ${MATCHES})::integer AS count
FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS h (low, high, n) ORDER BY n`,
};

/** The same among those that failed ($7 true) or were cancelled. Indexes: unsuccessful_executions_pkey, executions_pkey. */
export const COUNT_UNSUCCESSFUL: Statement = {
  name: 'count_unsuccessful',
  text: `
SELECT (SELECT count(*) FROM ${UNSUCCESSFUL})::integer AS count
FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS h (low, high, n) ORDER BY n`,
};

/**
 * Purpose: a page of the ids that match in some stretches, the newest first.
 * Parameters: as COUNT_STRETCHES; $7 how many to pass over, $8 how many at most. Locks: none. Indexes: executions_job.
 */
export const PAGE_OF_STRETCHES: Statement = {
  name: 'page_of_stretches',
  text: `
SELECT x.id FROM unnest($2::uuid[], $3::uuid[]) AS h (low, high)
CROSS JOIN LATERAL (
  SELECT e.id FROM executions e WHERE ${MATCHES} ORDER BY e.id DESC LIMIT $7::bigint + $8::bigint
) x ORDER BY x.id DESC OFFSET $7 LIMIT $8`,
};

/**
 * The same among those that failed ($7 true) or were cancelled; $8 how many to pass over, $9 how many at most.
 * Indexes: unsuccessful_executions_pkey, executions_pkey.
 */
export const PAGE_OF_UNSUCCESSFUL: Statement = {
  name: 'page_of_unsuccessful',
  text: `
SELECT x.id FROM unnest($2::uuid[], $3::uuid[]) AS h (low, high)
CROSS JOIN LATERAL (
  SELECT e.id FROM ${UNSUCCESSFUL} ORDER BY u.execution_id DESC LIMIT $8::bigint + $9::bigint
) x ORDER BY x.id DESC OFFSET $8 LIMIT $9`,
};
