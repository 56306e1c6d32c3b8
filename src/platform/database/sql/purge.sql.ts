import type { Statement } from '../statement.js';

/**
 * Purpose: deletes a batch of executions that ended before a limit, with their attempts, logs and reports;
 * webhook deliveries go with them by their foreign key.
 * Ids are made from the time of creation, so the oldest come first and what is younger is never looked at.
 * Parameters: $1 days, $2 id of an execution created exactly then, $3 how many at most.
 * Answers: how many. Locks: the rows; those in use are passed over. Indexes: executions_pkey, attempts_pkey,
 *   execution_logs_pkey, run_reports_pkey.
 */
export const PURGE_EXECUTIONS: Statement = {
  name: 'purge_executions',
  text: `
WITH old AS (
  SELECT id FROM executions
  WHERE id < $2::uuid AND finished_at < now() - make_interval(days => $1)
  ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM executions WHERE id IN (SELECT id FROM old) RETURNING id
), history AS (
  DELETE FROM attempts WHERE execution_id IN (SELECT id FROM old)
), logs AS (
  DELETE FROM execution_logs WHERE execution_id IN (SELECT id FROM old)
), reports AS (
  DELETE FROM run_reports WHERE execution_id IN (SELECT id FROM old)
)
SELECT count(*)::integer AS removed FROM gone`,
};

/**
 * Purpose: deletes the next executions of a job in the order of their ids, with what belongs to them. Millions in one
 *   statement would take minutes without a word.
 * Parameters: $1 job id, $2 the execution before them, $3 how many. Answers: the last one; no row when there is none.
 * Locks: the rows. Indexes: executions_job, attempts_pkey, execution_logs_pkey, run_reports_pkey.
 */
export const ERASE_NEXT: Statement = {
  name: 'erase_next',
  text: `
WITH next AS MATERIALIZED (
  SELECT id FROM executions WHERE job_id = $1::uuid AND id > $2::uuid ORDER BY id LIMIT $3
), attempts AS (
  DELETE FROM attempts WHERE execution_id IN (SELECT id FROM next)
), logs AS (
  DELETE FROM execution_logs WHERE execution_id IN (SELECT id FROM next)
), reports AS (
  DELETE FROM run_reports WHERE execution_id IN (SELECT id FROM next)
), gone AS (
  DELETE FROM executions WHERE id IN (SELECT id FROM next)
)
SELECT id AS last FROM next ORDER BY id DESC LIMIT 1`,
};

/**
 * Purpose: deletes notes of instants that are older than a limit.
 * Parameters: $1 days. Answers: how many. Locks: the rows. Indexes: none, the table is small: a scan.
 */
export const PURGE_OCCURRENCES: Statement = {
  name: 'purge_occurrences',
  text: `
WITH gone AS (
  DELETE FROM occurrences WHERE recorded_at < now() - make_interval(days => $1) RETURNING 1
)
SELECT count(*)::integer AS removed FROM gone`,
};
