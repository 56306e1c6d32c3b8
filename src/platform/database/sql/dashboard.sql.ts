import type { Statement } from '../statement.js';
import { CLAIMED_IDS } from './claimed-ids.sql.js';

/**
 * Purpose: how many jobs there are. Parameters: $1 the only projects (null: all). Answers: one row.
 * Locks: none. Indexes: jobs_state.
 */
export const COUNT_JOBS: Statement = {
  name: 'count_jobs',
  text: `
SELECT count(*)::integer AS total, count(*) FILTER (WHERE state = 'enabled')::integer AS enabled
FROM jobs WHERE deleted_at IS NULL AND ($1::text[] IS NULL OR project_id = ANY ($1))`,
};

/**
 * Purpose: what waits and what runs. Parameters: $1 the only projects (null: all). Answers: one row.
 * Locks: none. Indexes: executions_pkey for what is claimed; ready, held and claims are scanned: they are thin.
 */
export const COUNT_LIVE: Statement = {
  name: 'count_live',
  text: `
WITH visible AS (
  SELECT id FROM jobs WHERE project_id = ANY ($1::text[])
), queued AS (
  SELECT count(*) AS n, extract(epoch FROM now() - min(available_at)) AS oldest
  FROM ready WHERE available_at <= now() AND ($1::text[] IS NULL OR job_id IN (SELECT id FROM visible))
), held AS (
  SELECT count(*) AS n, extract(epoch FROM now() - min(available_at)) AS oldest
  FROM held WHERE available_at <= now() AND ($1::text[] IS NULL OR job_id IN (SELECT id FROM visible))
)
SELECT (queued.n + held.n)::integer AS queued, greatest(queued.oldest, held.oldest)::float8 AS "oldestSeconds",
       (SELECT count(*) FROM ${CLAIMED_IDS} JOIN executions e USING (id)
        WHERE e.state = 'running' AND ($1::text[] IS NULL OR e.job_id IN (SELECT id FROM visible)))::integer AS running
FROM queued, held`,
};

/**
 * Purpose: the runs that come next. Parameters: $1 the only projects (null: all), $2 how many at most.
 * Locks: none. Indexes: job_clocks_due, read from its beginning until there are enough; jobs_pkey.
 */
export const NEXT_RUNS: Statement = {
  name: 'next_runs',
  text: `
SELECT j.id AS "jobId", j.name AS "jobName", k.next_run_at AS "nextRunAt"
FROM job_clocks k JOIN jobs j ON j.id = k.job_id
WHERE k.next_run_at IS NOT NULL AND j.state = 'enabled' AND j.deleted_at IS NULL
  AND ($1::text[] IS NULL OR j.project_id = ANY ($1))
ORDER BY k.next_run_at LIMIT $2`,
};

/**
 * Purpose: the clocks that come round within some seconds, those that go alike together: how many of them, one of
 * them, and how often each fires, where that follows from arithmetic (null: the calendar must say).
 * Parameters: $1 seconds, $2 the only projects (null: all), $3 groups at most, the largest first.
 * Locks: none. Indexes: job_clocks_due, jobs_pkey.
 */
export const CLOCKS_WITHIN: Statement = {
  name: 'clocks_within',
  text: `
SELECT count(*)::integer AS jobs, min(j.id::text) AS "jobId", k.next_run_at AS "nextRunAt",
       CASE WHEN j.schedule_kind = 'once' THEN 1
            WHEN j.schedule_kind = 'interval' AND j.exclusions IS NULL AND j.successor IS NULL THEN
              1 + greatest(0, floor(extract(epoch FROM least(now() + make_interval(secs => $1::float8), j.end_at)
                                                       - greatest(k.next_run_at, now())) / j.interval_seconds))::integer
       END AS runs
FROM job_clocks k JOIN jobs j ON j.id = k.job_id
WHERE k.next_run_at <= now() + make_interval(secs => $1::float8) AND j.state = 'enabled' AND j.deleted_at IS NULL
  AND ($2::text[] IS NULL OR j.project_id = ANY ($2))
GROUP BY k.next_run_at, j.schedule_kind, j.cron_expression, j.interval_seconds, j.anchor_at, j.run_at, j.timezone,
         j.successor, j.successor_from, j.start_at, j.end_at, j.exclusions
ORDER BY 1 DESC LIMIT $3`,
};
