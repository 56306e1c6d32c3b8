import type { Statement } from '../statement.js';
import { IS_HELD } from './hold.sql.js';

/**
 * Purpose: takes up to $5 executions that may start, best priority first, then oldest; writes one lease row
 * for the batch.
 *
 * Parameters: $1 priorities in the order to serve, $2 a low-water mark for each (nothing older is looked at),
 *   $3 claim id, $4 owner, $5 how many at most, $6 lease in seconds.
 * Answers: what the worker needs of each, in the order to serve; instants in seconds since 1970, which are read faster
 *   than timestamps.
 * Locks: the rows it takes; rows that another worker is taking are passed over.
 * Indexes: ready_order, once a priority, so that delayed rows of a high priority are not walked through.
 * While the scheduler is held, nothing.
 * Why a mark: under a long-open snapshot dead index entries stay; the mark skips those behind it.
 */
export const CLAIM: Statement = {
  name: 'claim',
  text: `
WITH next AS MATERIALIZED (
  SELECT found.place
  FROM unnest($1::smallint[], $2::timestamptz[]) AS p (priority, mark)
  CROSS JOIN LATERAL (
    SELECT r.ctid AS place
    FROM ready r
    WHERE r.priority = p.priority AND r.available_at >= p.mark AND r.available_at <= now()
    ORDER BY r.available_at
    LIMIT $5
    FOR UPDATE SKIP LOCKED
  ) found
  WHERE NOT ${IS_HELD}
  LIMIT $5
), taken AS (
  DELETE FROM ready WHERE ctid = ANY (ARRAY (SELECT place FROM next))
  RETURNING execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
            scheduled_for, payload, options, followed
), claimed AS (
  INSERT INTO claims (claim_id, owner, lease_until, ids, attempts, remaining)
  SELECT $3::uuid, $4::uuid, now() + make_interval(secs => $6), array_agg(execution_id), array_agg(attempt), count(*)
  FROM taken
  HAVING count(*) > 0
)
SELECT execution_id AS "executionId", job_id AS "jobId", job_version AS "jobVersion", priority, attempt,
       max_attempts AS "maxAttempts", trigger, date_part('epoch', scheduled_for) AS "scheduledFor",
       date_part('epoch', available_at) AS "availableAt",
       payload, options, followed
FROM taken
ORDER BY priority DESC, available_at`,
};

/**
 * Purpose: when the next ready row becomes due, so that an idle worker sleeps exactly so long.
 * Parameters: $1 priorities, $2 seconds to look back: what became due since the worker last claimed is due now.
 * Answers: one row, the seconds until then (not positive: now), or null; null too while the scheduler is held.
 * Locks: none. Indexes: ready_order, one probe a priority.
 */
export const NEXT_DUE: Statement = {
  name: 'next_due',
  text: `
SELECT extract(epoch FROM min(due.available_at) - now())::float8 AS seconds
FROM unnest($1::smallint[]) AS p (priority)
CROSS JOIN LATERAL (
  SELECT r.available_at FROM ready r
  WHERE r.priority = p.priority AND r.available_at > now() - make_interval(secs => $2)
  ORDER BY r.available_at LIMIT 1
) due
WHERE NOT ${IS_HELD}`,
};
