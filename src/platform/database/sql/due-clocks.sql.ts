import type { Statement } from '../statement.js';

const COLUMNS = `
  c.job_id AS "jobId", c.next_run_at AS "nextRunAt", c.late_until AS "lateUntil", c.accounted_until AS "accountedUntil", c.schedule_version AS "scheduleVersion",
  j.schedule_kind AS "scheduleKind", j.cron_expression AS "cronExpression", j.interval_seconds AS "intervalSeconds",
  j.anchor_at AS "anchorAt", j.run_at AS "runAt", j.timezone, j.successor, j.successor_from AS "successorFrom",
  j.start_at AS "startAt", j.end_at AS "endAt", j.exclusions, j.jitter_seconds AS "jitterSeconds",
  j.misfire_policy AS "misfirePolicy", j.misfire_grace_seconds AS "misfireGraceSeconds",
  j.catchup_window_seconds AS "catchupWindowSeconds", j.max_catchup_runs AS "maxCatchupRuns",
  j.overlap_policy AS "overlapPolicy", j.flow_controlled AS "flowControlled"`;

/**
 * Purpose: the clocks that run out within the horizon, the earliest first, after a given place.
 * Parameters: $1 horizon in seconds, $2 how many, $3 and $4 the place (instant, job id) to go on behind.
 * Answers: each clock with its schedule. Locks: none. Indexes: job_clocks_due, jobs_pkey.
 */
export const DUE_CLOCKS: Statement = {
  name: 'due_clocks',
  text: `
SELECT ${COLUMNS}
FROM job_clocks c JOIN jobs j ON j.id = c.job_id
WHERE c.next_run_at <= now() + make_interval(secs => $1)
  AND c.next_run_at >= $3::timestamptz AND (c.next_run_at, c.job_id) > ($3::timestamptz, $4::uuid)
ORDER BY c.next_run_at, c.job_id
LIMIT $2`,
};

/**
 * Purpose: the clocks of given jobs, when they run out within the horizon.
 * Parameters: $1 job ids, $2 horizon in seconds.
 * Answers: as DUE_CLOCKS. Locks: none. Indexes: job_clocks_pkey, jobs_pkey.
 */
export const CLOCKS_OF: Statement = {
  name: 'clocks_of',
  text: `
SELECT ${COLUMNS}
FROM job_clocks c JOIN jobs j ON j.id = c.job_id
WHERE c.job_id = ANY ($1::uuid[]) AND c.next_run_at <= now() + make_interval(secs => $2)`,
};
