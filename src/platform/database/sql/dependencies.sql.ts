import type { Statement } from '../statement.js';
import { expiryOf } from './expiry.sql.js';

/**
 * Purpose: locks how prerequisites ended, before anything is decided on it: those of the given jobs and of all
 * that depends on them, directly or not. An end and the execution that waits for it meet here. What is decided must be
 * read by further statements: only these see what was committed while this one waited.
 *
 * Parameters: $1 job ids. Answers: the jobs that it locked; none where the given jobs have to do with no dependency.
 * Locks: prerequisites rows in the order of ids; to be taken before LOCK_SLOTS.
 * Indexes: job_dependencies_dependents, job_dependencies_pair, prerequisites_pkey.
 */
export const LOCK_PREREQUISITES: Statement = {
  name: 'lock_prerequisites',
  text: `
WITH RECURSIVE below (job_id) AS (
  SELECT unnest($1::uuid[])
  UNION
  SELECT d.job_id FROM job_dependencies d JOIN below b ON d.depends_on_job_id = b.job_id
)
SELECT p.job_id AS "jobId" FROM prerequisites p
WHERE p.job_id IN (
  SELECT job_id FROM below
  UNION
  SELECT d.depends_on_job_id FROM job_dependencies d JOIN below b ON d.job_id = b.job_id)
ORDER BY p.job_id FOR UPDATE OF p`,
};

/**
 * Purpose: notes how prerequisites ended, where that is their latest end.
 * Parameters: $1 ids of executions that have ended. Answers: the jobs that wait with executions of theirs for one of
 *   these ends.
 * Locks: needs LOCK_PREREQUISITES. Indexes: executions_pkey, prerequisites_pkey, job_dependencies_dependents,
 *   waiting_executions_job.
 */
export const NOTE_ENDS: Statement = {
  name: 'note_ends',
  text: `
WITH ended AS (
  SELECT DISTINCT ON (job_id) job_id, state, finished_at, coalesce((options -> 'run' ->> 'lineageDepth')::integer, 0) AS depth
  FROM executions
  WHERE id = ANY ($1::uuid[]) AND finished_at IS NOT NULL
  ORDER BY job_id, finished_at DESC, id DESC
), noted AS (
  UPDATE prerequisites p SET ended_state = e.state, ended_at = e.finished_at, lineage_depth = e.depth
  FROM ended e
  WHERE p.job_id = e.job_id AND (p.ended_at IS NULL OR p.ended_at <= e.finished_at)
  RETURNING p.job_id
)
SELECT DISTINCT d.job_id AS "jobId" FROM noted n JOIN job_dependencies d ON d.depends_on_job_id = n.job_id
WHERE EXISTS (SELECT FROM waiting_executions w WHERE w.job_id = d.job_id)
ORDER BY 1`,
};

/**
 * Purpose: what jobs depend on, and how that ended last.
 * Parameters: $1 job ids. Answers: a row for each prerequisite.
 * Locks: none; decisions need LOCK_PREREQUISITES. Indexes: job_dependencies_pair, jobs_pkey, prerequisites_pkey.
 */
export const READ_PREREQUISITES: Statement = {
  name: 'read_prerequisites',
  text: `
SELECT d.job_id AS "dependentId", j.dependency_mode AS mode, d.depends_on_job_id AS "jobId", q.name, d.condition,
       p.ended_state AS "endedState", p.ended_at AS "endedAt"
FROM job_dependencies d
JOIN jobs j ON j.id = d.job_id
JOIN jobs q ON q.id = d.depends_on_job_id
LEFT JOIN prerequisites p ON p.job_id = d.depends_on_job_id
WHERE d.job_id = ANY ($1::uuid[])
ORDER BY d.created_at, d.id`,
};

/**
 * Purpose: the executions of jobs that wait for prerequisites, the oldest first.
 * Parameters: $1 job ids. Answers: each with the instant after which ends count.
 * Locks: the rows; what is being cancelled is passed over. Indexes: waiting_executions_job.
 */
export const READ_WAITING: Statement = {
  name: 'read_waiting',
  text: `
SELECT execution_id AS "executionId", job_id AS "jobId", fresh_after AS "freshAfter"
FROM waiting_executions WHERE job_id = ANY ($1::uuid[])
ORDER BY job_id, execution_id FOR UPDATE SKIP LOCKED`,
};

/**
 * Purpose: records executions of jobs with prerequisites as waiting; whether they may go on is decided next.
 *
 * Parameters: $1 ids, $2 job ids, $3 triggers, $4 nominal instants, $5 earliest starts (null: now), $6 payloads
 *   (JSON text), $7 retry parents, $8 creators, $9 workflow steps, $10 priorities and $11 attempts at most (null: the
 *   job's), $12 options (JSON text).
 * Answers: the ids that were recorded (a nominal instant that exists already is not).
 * Locks: needs LOCK_PREREQUISITES, LOCK_SLOTS. Indexes: jobs_pkey, executions_job (the previous execution),
 *   executions_occurrence.
 */
export const ENQUEUE_WAITING: Statement = {
  name: 'enqueue_waiting',
  text: `
WITH request AS (
  SELECT r.*, greatest(r.start_at, now()) AS available_at, j.version AS job_version,
         coalesce(r.own_priority, j.priority) AS priority, coalesce(r.own_max_attempts, j.max_attempts) AS max_attempts,
         row_number() OVER (PARTITION BY r.job_id ORDER BY r.place) AS nth
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::uuid[],
              $8::text[], $9::uuid[], $10::smallint[], $11::integer[], $12::text[]) WITH ORDINALITY
       AS r (id, job_id, trigger, scheduled_for, start_at, payload, retry_parent_id, created_by, workflow_step_id,
             own_priority, own_max_attempts, options, place)
  JOIN jobs j ON j.id = r.job_id
  WHERE j.deleted_at IS NULL
), recorded AS (
  INSERT INTO executions (id, job_id, job_version, state, trigger, scheduled_for, available_at, priority, max_attempts,
                          payload, retry_parent_id, created_by, workflow_step_id, options, flow)
  SELECT id, job_id, job_version, 'waiting', trigger, scheduled_for, available_at, priority, max_attempts,
         payload::jsonb, retry_parent_id, created_by, workflow_step_id, options::jsonb, true
  FROM request
  ON CONFLICT (job_id, scheduled_for) WHERE scheduled_for IS NOT NULL DO NOTHING
  RETURNING id, job_id, created_at
), waits AS (
  INSERT INTO waiting_executions (execution_id, job_id, fresh_after)
  SELECT e.id, e.job_id,
         CASE WHEN r.nth > 1 THEN e.created_at
              ELSE (SELECT p.created_at FROM executions p WHERE p.job_id = e.job_id ORDER BY p.id DESC LIMIT 1) END
  FROM recorded e JOIN request r USING (id)
)
SELECT id FROM recorded`,
};

/**
 * Purpose: lets executions that waited for prerequisites go on to wait for a slot; ADMIT comes next. They may have been
 * created after this transaction began, so what time it is now is asked of the clock. The lineage of each is one deeper
 * than that of what it waited for.
 * Parameters: $1 execution ids, locked by READ_WAITING. Answers: nothing.
 * Locks: the executions. Indexes: waiting_executions_pkey, executions_pkey, job_dependencies_pair, prerequisites_pkey.
 */
export const RELEASE_WAITING: Statement = {
  name: 'release_waiting',
  text: `
WITH gone AS (
  DELETE FROM waiting_executions WHERE execution_id = ANY ($1::uuid[]) RETURNING execution_id, job_id, fresh_after
), lineage AS (
  SELECT g.execution_id, max(p.lineage_depth) + 1 AS depth
  FROM gone g
  JOIN job_dependencies d ON d.job_id = g.job_id
  JOIN prerequisites p ON p.job_id = d.depends_on_job_id
  WHERE p.ended_at IS NOT NULL AND (g.fresh_after IS NULL OR p.ended_at > g.fresh_after)
  GROUP BY g.execution_id
), released AS (
  UPDATE executions e SET state = CASE WHEN e.available_at > clock_timestamp() THEN 'delayed' ELSE 'queued' END,
                          available_at = greatest(e.available_at, now()),
    options = CASE WHEN coalesce(l.depth, 0) <= coalesce((e.options -> 'run' ->> 'lineageDepth')::integer, 0) THEN e.options
      ELSE coalesce(e.options, '{}') || jsonb_build_object('run',
        coalesce(e.options -> 'run', '{}') || jsonb_build_object('lineageDepth', l.depth)) END
  FROM gone g LEFT JOIN lineage l USING (execution_id) WHERE e.id = g.execution_id AND e.state = 'waiting'
  RETURNING e.id, e.job_id, e.priority, e.available_at, e.created_at, e.options
)
INSERT INTO held (execution_id, job_id, priority, available_at, expires_at)
SELECT e.id, e.job_id, e.priority, e.available_at, ${expiryOf('e', 'j')} FROM released e JOIN jobs j ON j.id = e.job_id`,
};

/**
 * Purpose: ends executions whose prerequisites can no longer be satisfied.
 * Parameters: $1 execution ids, locked by READ_WAITING, $2 reasons. Answers: those that ended.
 * Locks: the executions. Indexes: waiting_executions_pkey, executions_pkey.
 */
export const END_WAITING: Statement = {
  name: 'end_waiting',
  text: `
WITH gone AS (
  DELETE FROM waiting_executions w USING unnest($1::uuid[], $2::text[]) AS r (id, reason)
  WHERE w.execution_id = r.id
  RETURNING r.id, r.reason
)
UPDATE executions e SET state = 'cancelled', finished_at = clock_timestamp(),
                        error = jsonb_build_object('code', 'prerequisite_unmet', 'message', g.reason)
FROM gone g WHERE e.id = g.id AND e.state = 'waiting'
RETURNING e.id AS "executionId", e.job_id AS "jobId", e.state, false AS flow, e.workflow_step_id AS "workflowStepId"`,
};

/**
 * Purpose: makes jobs prerequisites: from now on their ends are noted. Takes over how each ended last, as far as
 * its newest 1,000 executions tell.
 * Parameters: $1 job ids. Answers: nothing.
 * Locks: the new rows and job_runtime. Indexes: prerequisites_pkey, executions_job, job_runtime_pkey.
 */
export const ADD_PREREQUISITES: Statement = {
  name: 'add_prerequisites',
  text: `
WITH followed AS (
  UPDATE job_runtime SET followed = true WHERE job_id = ANY ($1::uuid[]) AND NOT followed
)
INSERT INTO prerequisites (job_id, ended_state, ended_at, lineage_depth)
SELECT q.job_id, latest.state, latest.finished_at, coalesce((latest.options -> 'run' ->> 'lineageDepth')::integer, 0)
FROM unnest($1::uuid[]) AS q (job_id)
LEFT JOIN LATERAL (
  SELECT newest.state, newest.finished_at, newest.options
  FROM (SELECT state, finished_at, options FROM executions e WHERE e.job_id = q.job_id ORDER BY e.id DESC LIMIT 1000) newest
  WHERE newest.finished_at IS NOT NULL
  ORDER BY newest.finished_at DESC LIMIT 1
) latest ON true
ORDER BY q.job_id
ON CONFLICT (job_id) DO UPDATE SET ended_state = excluded.ended_state, ended_at = excluded.ended_at,
                                   lineage_depth = excluded.lineage_depth
WHERE prerequisites.ended_at IS NULL OR excluded.ended_at > prerequisites.ended_at`,
};

/**
 * Purpose: the jobs that wait with executions of theirs, and what they depend on, for the reaper.
 * Parameters: none. Answers: job ids. Locks: none. Indexes: waiting_executions_job.
 */
export const WAITING_JOBS: Statement = {
  name: 'waiting_jobs',
  text: `
SELECT w.job_id AS "jobId", array_remove(array_agg(DISTINCT d.depends_on_job_id), NULL) AS "dependsOn"
FROM (SELECT DISTINCT job_id FROM waiting_executions) w LEFT JOIN job_dependencies d ON d.job_id = w.job_id
GROUP BY w.job_id ORDER BY w.job_id`,
};
