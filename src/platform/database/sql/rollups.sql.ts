import type { Statement } from '../statement.js';
import { CLAIMED_IDS } from './claimed-ids.sql.js';

/**
 * Purpose: lets one process at a time fold deltas; another one leaves it to that one.
 * Parameters: none. Answers: one row. Locks: an advisory lock until the transaction ends. Indexes: none.
 */
export const TRY_FOLD_LOCK: Statement = {
  name: 'try_fold_lock',
  text: `SELECT pg_try_advisory_xact_lock(4716205) AS held`,
};

/**
 * Purpose: moves what writers appended to execution_deltas into job_rollups and execution_rollups.
 * Parameters: none. Answers: how many deltas were folded; the jobs that may have lost their last execution.
 * Locks: the deltas and the roll-ups; nobody else writes either, apart from new deltas.
 * Indexes: job_rollups_pkey, execution_rollups_pkey; the deltas are scanned: they are few.
 */
export const FOLD_DELTAS: Statement = {
  name: 'fold_deltas',
  text: `
WITH gone AS (
  DELETE FROM execution_deltas RETURNING *
), by_job AS (
  INSERT INTO job_rollups AS r (job_id, hour, created, succeeded, failed, cancelled, unstarted, first_started_at, last_started_at)
  SELECT job_id, hour, sum(created), sum(succeeded), sum(failed), sum(cancelled), sum(unstarted),
         min(first_started_at), max(last_started_at)
  FROM gone WHERE hour IS NOT NULL GROUP BY 1, 2
  ON CONFLICT (job_id, hour) DO UPDATE SET
    created = r.created + excluded.created, succeeded = r.succeeded + excluded.succeeded,
    failed = r.failed + excluded.failed, cancelled = r.cancelled + excluded.cancelled,
    unstarted = r.unstarted + excluded.unstarted,
    first_started_at = least(r.first_started_at, excluded.first_started_at),
    last_started_at = greatest(r.last_started_at, excluded.last_started_at)
  RETURNING job_id, created
), by_bucket AS (
  INSERT INTO execution_rollups AS r (bucket, project_id, succeeded, failed, cancelled, running_change)
  SELECT g.ended_bucket, coalesce(j.project_id, ''), sum(g.succeeded), sum(g.failed), sum(g.cancelled), sum(g.running_change)
  FROM gone g LEFT JOIN jobs j ON j.id = g.job_id
  WHERE g.ended_bucket IS NOT NULL GROUP BY 1, 2
  ON CONFLICT (bucket, project_id) DO UPDATE SET
    succeeded = r.succeeded + excluded.succeeded, failed = r.failed + excluded.failed,
    cancelled = r.cancelled + excluded.cancelled, running_change = r.running_change + excluded.running_change
)
SELECT (SELECT count(*) FROM gone)::integer AS folded,
       (SELECT coalesce(array_agg(DISTINCT job_id), '{}') FROM by_job WHERE created = 0) AS "emptied"`,
};

/**
 * Purpose: forgets hours of jobs of which no execution is left. Parameters: $1 job ids. Answers: nothing.
 * Locks: the rows. Indexes: job_rollups_pkey.
 */
export const DROP_EMPTY_ROLLUPS: Statement = {
  name: 'drop_empty_rollups',
  text: `DELETE FROM job_rollups WHERE job_id = ANY ($1::uuid[]) AND created = 0`,
};

/** What ended in which five minutes, folded or not: `ended (bucket, project_id, succeeded, failed, cancelled, running_change)`. */
const ENDED = `
ended AS (
  SELECT bucket, project_id, succeeded, failed, cancelled, running_change FROM execution_rollups
  UNION ALL
  SELECT d.ended_bucket, coalesce(j.project_id, ''), d.succeeded, d.failed, d.cancelled, d.running_change
  FROM execution_deltas d LEFT JOIN jobs j ON j.id = d.job_id WHERE d.ended_bucket IS NOT NULL
)`;

/**
 * Purpose: what ended in each bucket of a chart, and how many were running at each bucket's end. All running_change
 * together is 0: what ran at an instant and has ended since is the changes after it, with their sign turned.
 * Parameters: $1 start of the first bucket, $2 width in seconds, $3 how many, $4 the only projects (null: all).
 * Answers: a row for each bucket, the oldest first; the last one ends now.
 * Locks: none. Indexes: execution_rollups_pkey: 288 rows a day and project; claims are few: a scan; executions_pkey.
 */
export const TIMELINE: Statement = {
  name: 'timeline',
  text: `
WITH ${ENDED}, slice AS (
  SELECT date_bin(make_interval(secs => $2::float8), bucket, $1::timestamptz) AS start, sum(succeeded) AS succeeded,
         sum(failed) AS failed, sum(running_change) AS change
  FROM ended WHERE bucket >= $1 AND ($4::text[] IS NULL OR project_id = ANY ($4)) GROUP BY 1
), live AS (
  SELECT e.started_at FROM ${CLAIMED_IDS} JOIN executions e USING (id)
  LEFT JOIN jobs j ON j.id = e.job_id
  WHERE e.state = 'running' AND ($4::text[] IS NULL OR j.project_id = ANY ($4))
), buckets AS (
  SELECT $1::timestamptz + make_interval(secs => n * $2::float8) AS start,
         $1::timestamptz + make_interval(secs => (n + 1) * $2::float8) AS "end"
  FROM generate_series(0, $3::integer - 1) AS n
)
SELECT b.start AS timestamp, coalesce(s.succeeded, 0)::float8 AS succeeded, coalesce(s.failed, 0)::float8 AS failed,
       (greatest(-coalesce(sum(s.change) OVER (ORDER BY b.start DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0), 0)
        + (SELECT count(*) FROM live WHERE started_at <= b."end"))::float8 AS running
FROM buckets b LEFT JOIN slice s ON s.start = b.start
ORDER BY b.start`,
};

/**
 * Purpose: what ended within the last hours. Parameters: $1 hours, $2 the only projects (null: all).
 * Answers: one row. Locks: none. Indexes: execution_rollups_pkey; the deltas are scanned: they are few.
 */
export const ENDED_RECENTLY: Statement = {
  name: 'ended_recently',
  text: `
WITH ${ENDED}
SELECT coalesce(sum(succeeded), 0)::float8 AS succeeded, coalesce(sum(failed), 0)::float8 AS failed,
       coalesce(sum(cancelled), 0)::float8 AS cancelled
FROM ended WHERE bucket > now() - make_interval(hours => $1) AND ($2::text[] IS NULL OR project_id = ANY ($2))`,
};
