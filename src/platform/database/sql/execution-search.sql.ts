import type { Statement } from '../statement.js';
import { CLAIMED_IDS } from './claimed-ids.sql.js';

/** Those that are found, as `found (id)`, with what a list shows of them. */
const LISTED = `
SELECT e.id, e.job_id AS "jobId", j.name AS "jobName", e.state, e.failure_kind AS "failureKind", e.trigger,
       e.attempt, e.max_attempts AS "maxAttempts", e.created_at AS "createdAt", e.started_at AS "startedAt",
       e.finished_at AS "finishedAt", left(coalesce(e.error ->> 'message', e.cancel_reason), 300) AS reason
FROM found JOIN executions e ON e.id = found.id LEFT JOIN jobs j ON j.id = e.job_id
ORDER BY e.id DESC`;

/** Keeps rows with a `job_id` to the reader's projects, $3. */
const visible = (row: string) =>
  `($3::text[] IS NULL OR ${row}.job_id IN (SELECT id FROM jobs WHERE project_id = ANY ($3::text[])))`;

/**
 * Purpose: walks a bounded way back through all executions, for those in some states.
 * Parameters, of every statement here: $1 only ids before this one, $2 ids from this one on, $3 the only projects (null:
 *   all), $4 how many at most. Of this one: $5 states (null: all), $6 how many to look at.
 * Answers: the ids that match, the newest first; in `reached` the last one looked at if there may be more behind it; a
 *   row with a null id where only that is to say. Locks: none. Indexes: executions_pkey.
 */
export const WALK_EXECUTIONS: Statement = {
  name: 'walk_executions',
  text: `
WITH looked AS MATERIALIZED (
  SELECT id, job_id, state FROM executions WHERE id < $1::uuid AND id >= $2::uuid ORDER BY id DESC LIMIT $6
), reached AS (
  SELECT CASE WHEN (SELECT count(*) FROM looked) = $6 THEN (SELECT id FROM looked ORDER BY id LIMIT 1) END AS id
), matching AS (
  SELECT l.id FROM looked l WHERE ($5::text[] IS NULL OR l.state = ANY ($5)) AND ${visible('l')}
  ORDER BY l.id DESC LIMIT $4
)
SELECT matching.id, reached.id AS reached FROM reached LEFT JOIN matching ON true ORDER BY matching.id DESC`,
};

/**
 * Purpose: the same among the executions of some jobs: looks at so many of each, and matches only as far back as it has
 * looked at all of them. Parameters: as above, and $7 the jobs. Locks: none. Indexes: executions_job.
 */
export const WALK_EXECUTIONS_OF_JOBS: Statement = {
  name: 'walk_executions_of_jobs',
  text: `
WITH looked AS MATERIALIZED (
  SELECT e.id, e.job_id, e.state FROM unnest($7::uuid[]) AS job (id)
  CROSS JOIN LATERAL (
    SELECT id, job_id, state FROM executions
    WHERE job_id = job.id AND id < $1::uuid AND id >= $2::uuid ORDER BY id DESC LIMIT $6
  ) e
), ways AS (
  SELECT (array_agg(id ORDER BY id))[1] AS last FROM looked GROUP BY job_id HAVING count(*) = $6
), reached AS (
  SELECT (array_agg(last ORDER BY last DESC))[1] AS id FROM ways
), matching AS (
  SELECT l.id FROM looked l
  WHERE ($5::text[] IS NULL OR l.state = ANY ($5)) AND l.id >= coalesce((SELECT id FROM reached), $2::uuid)
    AND ${visible('l')}
  ORDER BY l.id DESC LIMIT $4
)
SELECT matching.id, reached.id AS reached FROM reached LEFT JOIN matching ON true ORDER BY matching.id DESC`,
};

/**
 * Purpose: what a list shows of some executions. Parameters: $1 ids. Locks: none. Indexes: executions_pkey, jobs_pkey.
 */
export const LIST_EXECUTIONS: Statement = {
  name: 'list_executions',
  text: `WITH found AS (SELECT unnest($1::uuid[]) AS id) ${LISTED}`,
};

/**
 * Purpose: those that failed, $5 true, or were cancelled, expired or skipped: they are few among many.
 * Locks: none. Indexes: unsuccessful_executions_newest.
 */
export const SEARCH_UNSUCCESSFUL: Statement = {
  name: 'search_unsuccessful',
  text: `
WITH found AS (
  SELECT u.execution_id AS id FROM unsuccessful_executions u
  WHERE u.failed = $5::boolean AND u.execution_id < $1::uuid AND u.execution_id >= $2::uuid AND ${visible('u')}
  ORDER BY u.execution_id DESC LIMIT $4
) ${LISTED}`,
};

/** The same of some jobs, $6. Locks: none. Indexes: unsuccessful_executions_pkey. */
export const SEARCH_UNSUCCESSFUL_OF_JOBS: Statement = {
  name: 'search_unsuccessful_of_jobs',
  text: `
WITH found AS (
  SELECT u.id FROM unnest($6::uuid[]) AS job (id)
  CROSS JOIN LATERAL (
    SELECT execution_id AS id, job_id FROM unsuccessful_executions
    WHERE job_id = job.id AND failed = $5::boolean AND execution_id < $1::uuid AND execution_id >= $2::uuid
    ORDER BY execution_id DESC LIMIT $4
  ) u
  WHERE ${visible('u')} ORDER BY u.id DESC LIMIT $4
) ${LISTED}`,
};

const ofJobs = (row: string) => `($5::uuid[] IS NULL OR ${row}.job_id = ANY ($5))`;

const waitingIn = (table: string) => `(
  SELECT w.execution_id AS id FROM ${table} w
  WHERE w.execution_id < $1::uuid AND w.execution_id >= $2::uuid AND ${ofJobs('w')} AND ${visible('w')}
  ORDER BY w.execution_id DESC LIMIT $4)`;

const claimedIn = (states: string) => `
  SELECT id FROM ${CLAIMED_IDS} JOIN executions e USING (id)
  WHERE e.state IN (${states}) AND e.id < $1::uuid AND e.id >= $2::uuid AND ${ofJobs('e')} AND ${visible('e')}`;

/**
 * Purpose: those that run, of some jobs, $5 (null: of all). Locks: none.
 * Indexes: executions_pkey; claims are few: a scan.
 */
export const SEARCH_RUNNING: Statement = {
  name: 'search_running',
  text: `
WITH found AS (
  ${claimedIn(`'running'`)} ORDER BY id DESC LIMIT $4
) ${LISTED}`,
};

/**
 * Purpose: those that have not started, of some jobs, $5 (null: of all). Locks: none.
 * Indexes: none: the tables are scanned, they are thin; executions_pkey for what is claimed.
 */
export const SEARCH_PENDING: Statement = {
  name: 'search_pending',
  text: `
WITH found AS (
  SELECT p.id FROM (
    ${['ready', 'held', 'waiting_executions'].map(waitingIn).join(' UNION ')}
    UNION ${claimedIn(`'queued', 'delayed'`)}
  ) p ORDER BY p.id DESC LIMIT $4
) ${LISTED}`,
};
