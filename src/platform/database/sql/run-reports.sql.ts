import type { Statement } from '../statement.js';

/**
 * Purpose: notes that the endpoint of a run reports on an attempt, where that attempt is running. A promise of further
 *   signs of life holds for the rest of the attempt; every report keeps it.
 * Parameters: $1 run, $2 attempt, $3 whether the token proves that the attempt has started, $4 when the token expires,
 *   $5 seconds within which the next sign of life will come (null: as promised before, or none), $6 reports in a window
 *   at most, $7 seconds of a window.
 * Answers: one row, none for an unknown run: how the run stands; `heartbeatAt` is null where the report is refused.
 * Locks: the row of the run in run_reports, so reports of one run take turns. Indexes: executions_pkey,
 *   job_versions_pkey, run_reports_pkey.
 */
export const NOTE_REPORT: Statement = {
  name: 'note_report',
  text: `
WITH run AS MATERIALIZED (
  SELECT e.id, e.job_id, e.attempt, e.state, e.finished_at IS NOT NULL AS ended, v.definition -> 'configuration' AS configuration,
         date_trunc('milliseconds', clock_timestamp()) AS at,
         least($4::timestamptz, CASE WHEN e.attempt = 1 THEN e.started_at + make_interval(secs =>
           coalesce((e.options -> 'run' ->> 'timeoutSeconds')::float8, (v.definition ->> 'timeoutSeconds')::float8)) END) AS timeout_at
  FROM executions e LEFT JOIN job_versions v ON v.job_id = e.job_id AND v.version = e.job_version
  WHERE e.id = $1::uuid
), noted AS (
  INSERT INTO run_reports AS r (execution_id, attempt, heartbeat_at, timeout_at, allowance_seconds, alive_until,
                                window_from, window_calls)
  SELECT id, attempt, at, timeout_at, $5::integer,
         CASE WHEN $5::integer IS NOT NULL THEN least(at + make_interval(secs => $5::integer), timeout_at) END, at, 1
  FROM run WHERE attempt = $2::integer AND NOT ended AND (state = 'running' OR $3::boolean)
  ON CONFLICT (execution_id) DO UPDATE SET
    attempt = excluded.attempt,
    heartbeat_at = greatest(excluded.heartbeat_at, r.heartbeat_at),
    timeout_at = excluded.timeout_at,
    allowance_seconds = coalesce(excluded.allowance_seconds, CASE WHEN r.attempt = excluded.attempt THEN r.allowance_seconds END),
    alive_until = CASE WHEN coalesce(excluded.allowance_seconds, CASE WHEN r.attempt = excluded.attempt THEN r.allowance_seconds END) IS NULL
      THEN NULL
      ELSE least(excluded.timeout_at, excluded.heartbeat_at + make_interval(secs =>
        coalesce(excluded.allowance_seconds, r.allowance_seconds))) END,
    window_from = CASE WHEN r.window_from > excluded.window_from - make_interval(secs => $7::integer) THEN r.window_from ELSE excluded.window_from END,
    window_calls = CASE WHEN r.window_from > excluded.window_from - make_interval(secs => $7::integer) THEN r.window_calls + 1 ELSE 1 END
  WHERE r.window_calls < $6::integer OR r.window_from <= excluded.window_from - make_interval(secs => $7::integer)
  RETURNING r.heartbeat_at, r.alive_until, r.timeout_at
)
SELECT run.job_id AS "jobId", run.attempt, run.state, run.ended, run.configuration, n.heartbeat_at AS "heartbeatAt",
       n.alive_until AS "aliveUntil", n.timeout_at AS "timeoutAt"
FROM run LEFT JOIN noted n ON true`,
};

/**
 * Purpose: keeps how far the work of an attempt is; after NOTE_REPORT has accepted it.
 * Parameters: $1 run, $2 attempt, $3 the progress (JSON text, without attempt and instant). Answers: nothing.
 * Locks: the row. Indexes: run_reports_pkey.
 */
export const WRITE_PROGRESS: Statement = {
  name: 'write_progress',
  text: `
UPDATE run_reports SET
  progress = $3::jsonb || jsonb_build_object('attempt', attempt, 'at', to_jsonb(heartbeat_at)),
  progress_seq = progress_seq + 1
WHERE execution_id = $1::uuid AND attempt = $2::integer`,
};

/**
 * Purpose: those of some running attempts that promised a sign of life and gave none.
 * Parameters: $1 executions, $2 attempts. Answers: the execution ids.
 * Locks: none. Indexes: run_reports_pkey.
 */
export const SILENT_ATTEMPTS: Statement = {
  name: 'silent_attempts',
  text: `
SELECT r.execution_id AS "executionId"
FROM unnest($1::uuid[], $2::integer[]) AS a (execution_id, attempt)
JOIN run_reports r USING (execution_id, attempt)
WHERE r.alive_until < clock_timestamp() AND (r.timeout_at IS NULL OR r.alive_until < r.timeout_at)`,
};
