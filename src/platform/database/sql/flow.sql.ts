import type { Statement } from '../statement.js';
import { expiryOf } from './expiry.sql.js';
import { ASKED_BY_HAND, IS_HELD } from './hold.sql.js';

/** Of a job without a limit of its own at once. */
const LARGEST_ADMISSION = 10_000;

/** From when on an execution waits that has had its turn: before those that came after it. */
export const TURN_HAD = `created_at - interval '1 millisecond'`;

/** The executions of jobs ($1) that hold a slot: those in ready and in claims. For other statements, as `holders`. */
export const HOLDERS = `holders AS (
  SELECT e.id, e.attempt, e.job_id, e.options FROM ready r JOIN executions e ON e.id = r.execution_id
  WHERE r.followed AND r.job_id = ANY ($1::uuid[]) AND e.flow
  UNION ALL
  SELECT e.id, e.attempt, e.job_id, e.options FROM claims c CROSS JOIN unnest(c.ids, c.attempts) AS u (id, attempt)
  JOIN executions e ON e.id = u.id AND e.attempt = u.attempt
  WHERE e.flow AND e.job_id = ANY ($1::uuid[]) AND e.state IN ('queued', 'running', 'delayed')
)`;

/**
 * Purpose: locks the slots of flow-controlled jobs, so that their admissions happen one after another. What
 * is decided on the answer must be written in the same transaction, by a further statement: only that one
 * sees what was committed while this one waited.
 *
 * Parameters: $1 job ids. Answers: the jobs that it locked; a job that lacks its row gets one, to be locked by
 *   the same statement run once more.
 * Locks: flow_slots rows in the order of ids. Indexes: flow_slots_pkey.
 */
export const LOCK_SLOTS: Statement = {
  name: 'lock_slots',
  text: `
WITH missing AS (
  INSERT INTO flow_slots (job_id)
  SELECT j.id FROM jobs j WHERE j.id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT FROM flow_slots f WHERE f.job_id = j.id)
  ON CONFLICT DO NOTHING
)
SELECT job_id AS "jobId" FROM flow_slots WHERE job_id = ANY ($1::uuid[]) ORDER BY job_id FOR UPDATE`,
};

/**
 * Purpose: how full the jobs are; to be read under LOCK_SLOTS.
 * Parameters: $1 job ids.
 * Answers: for each: the overlap policy, the limit (null: none), slots in use, whether its executions wait for
 *   prerequisites, whether rules decide beside the limit, whether any wait for prerequisites or a slot, and whether any
 *   could start now but for a slot.
 * Locks: none. Indexes: flow_slots_pkey, jobs_pkey, held_due, waiting_executions_job.
 */
export const READ_SLOTS: Statement = {
  name: 'read_slots',
  text: `
SELECT j.id AS "jobId", j.overlap_policy AS "overlapPolicy",
       CASE WHEN j.overlap_policy <> 'allow' THEN 1 ELSE j.max_concurrency END AS "limit",
       f.active, j.dependency_mode IS NOT NULL AS waits, j.flow_rules IS NOT NULL AS ruled,
       EXISTS (SELECT FROM held h WHERE h.job_id = j.id)
         OR EXISTS (SELECT FROM waiting_executions w WHERE w.job_id = j.id) AS "anyHeld",
       EXISTS (SELECT FROM held h WHERE h.job_id = j.id AND h.available_at <= clock_timestamp()) AS "anyDue",
       clock_timestamp() AS "readAt"
FROM flow_slots f JOIN jobs j ON j.id = f.job_id
WHERE f.job_id = ANY ($1::uuid[]) AND j.deleted_at IS NULL`,
};

/**
 * Purpose: records executions of flow-controlled jobs, each either admitted (ready, a slot taken) or held.
 *
 * Parameters: $1 ids, $2 job ids, $3 triggers, $4 nominal instants, $5 earliest starts (null: now),
 *   $6 payloads (JSON text), $7 retry parents, $8 creators, $9 the ids that are admitted, $10 workflow steps,
 *   $11 priorities and $12 attempts at most (null: the job's), $13 options (JSON text).
 * Answers: the ids that were recorded (a nominal instant that exists already is not, nor what is asked for by hand
 *   while the scheduler is held).
 * Why ids and no column that says so: two lists of the same statement are joined row by row.
 * Locks: needs LOCK_SLOTS. Indexes: jobs_pkey, executions_occurrence, flow_slots_pkey.
 */
export const ENQUEUE_FLOW: Statement = {
  name: 'enqueue_flow',
  text: `
WITH request AS (
  SELECT r.*, greatest(r.start_at, now()) AS available_at, j.version AS job_version,
         coalesce(r.own_priority, j.priority) AS priority, coalesce(r.own_max_attempts, j.max_attempts) AS max_attempts
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::uuid[],
              $8::text[], $10::uuid[], $11::smallint[], $12::integer[], $13::text[])
       AS r (id, job_id, trigger, scheduled_for, start_at, payload, retry_parent_id, created_by,
             workflow_step_id, own_priority, own_max_attempts, options)
  JOIN jobs j ON j.id = r.job_id
  WHERE j.deleted_at IS NULL AND NOT (r.trigger IN ${ASKED_BY_HAND} AND ${IS_HELD})
), recorded AS (
  INSERT INTO executions (id, job_id, job_version, state, trigger, scheduled_for, available_at, priority, max_attempts,
                          payload, retry_parent_id, created_by, workflow_step_id, options, flow)
  SELECT id, job_id, job_version, CASE WHEN available_at > now() THEN 'delayed' ELSE 'queued' END, trigger, scheduled_for,
         available_at, priority, max_attempts, payload::jsonb, retry_parent_id, created_by,
         workflow_step_id, options::jsonb, true
  FROM request
  ON CONFLICT (job_id, scheduled_for) WHERE scheduled_for IS NOT NULL DO NOTHING
  RETURNING *
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
                     scheduled_for, payload, options, followed)
  SELECT e.id, e.job_id, e.job_version, e.priority, e.available_at, 1, e.max_attempts, e.trigger, e.scheduled_for,
         e.payload, e.options, true
  FROM recorded e WHERE e.id = ANY ($9::uuid[])
), held_back AS (
  INSERT INTO held (execution_id, job_id, priority, available_at, expires_at)
  SELECT e.id, e.job_id, e.priority, e.available_at, ${expiryOf('e', 'j')}
  FROM recorded e JOIN jobs j ON j.id = e.job_id WHERE e.id <> ALL ($9::uuid[])
), taken AS (
  UPDATE flow_slots f SET active = f.active + n.admitted, wake_at = least(f.wake_at, n.due_at)
  FROM (SELECT e.job_id, count(*) FILTER (WHERE e.id = ANY ($9::uuid[])) AS admitted,
               min(e.available_at) FILTER (WHERE e.available_at > now() AND e.id <> ALL ($9::uuid[])) AS due_at
        FROM recorded e GROUP BY e.job_id) n
  WHERE f.job_id = n.job_id
), woken AS (
  SELECT pg_notify('carillon_ready', '') FROM (SELECT 1 FROM recorded LIMIT 1) one
)
SELECT recorded.id FROM recorded LEFT JOIN woken ON true`,
};

/**
 * Purpose: gives back slots of executions that ended or went back to waiting.
 * Parameters: $1 job ids, $2 how many each. Answers: nothing.
 * Locks: needs LOCK_SLOTS. Indexes: flow_slots_pkey.
 */
export const FREE_SLOTS: Statement = {
  name: 'free_slots',
  text: `
UPDATE flow_slots f SET active = greatest(f.active - r.freed, 0)
FROM unnest($1::uuid[], $2::integer[]) AS r (job_id, freed)
WHERE f.job_id = r.job_id`,
};

/**
 * Purpose: admits what waits, as far as slots are free: best priority first, then oldest; notes when time alone may
 * admit more. Leaves out jobs with rules beside their limit, which need more than one statement, and names them.
 * Parameters: $1 job ids. Answers: one row: how many were admitted, the jobs that were left out.
 * Locks: needs LOCK_SLOTS. What is being cancelled is passed over.
 * Why clock_timestamp(): what was held while this transaction waited for the lock is due by it, and not by now().
 * Indexes: held_next, held_due, executions_pkey, flow_slots_pkey.
 */
export const ADMIT: Statement = {
  name: 'admit',
  text: `
WITH present AS MATERIALIZED (
  SELECT clock_timestamp() AS at
), chosen AS MATERIALIZED (
  SELECT waiting.execution_id
  FROM present CROSS JOIN flow_slots f JOIN jobs j ON j.id = f.job_id
  CROSS JOIN LATERAL (
    SELECT h.execution_id FROM held h
    WHERE h.job_id = f.job_id AND h.parked_on IS NULL AND h.available_at <= present.at
      AND (h.expires_at IS NULL OR h.expires_at > present.at)
    ORDER BY h.priority DESC, h.available_at, h.execution_id
    LIMIT CASE WHEN j.overlap_policy <> 'allow' THEN greatest(1 - f.active, 0)
               WHEN j.max_concurrency IS NULL THEN ${LARGEST_ADMISSION}
               ELSE greatest(j.max_concurrency - f.active, 0) END
    FOR UPDATE OF h SKIP LOCKED
  ) waiting
  WHERE f.job_id = ANY ($1::uuid[]) AND j.flow_rules IS NULL
), gone AS (
  DELETE FROM held WHERE execution_id IN (SELECT execution_id FROM chosen) RETURNING execution_id
), admitted AS (
  UPDATE executions e SET state = 'queued', available_at = present.at, options = e.options - 'flow'
  FROM gone g, present WHERE e.id = g.execution_id RETURNING e.*
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
                     scheduled_for, payload, options, followed)
  SELECT id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, scheduled_for, payload, options, true
  FROM admitted
), taken AS (
  UPDATE flow_slots f SET active = f.active + n.admitted, wake_at = n.wake_at
  FROM (
    SELECT j.id AS job_id, count(a.id) AS admitted,
           CASE WHEN count(a.id) >= ${LARGEST_ADMISSION} THEN present.at
                ELSE (SELECT min(h.available_at) FROM held h WHERE h.job_id = j.id AND h.available_at > present.at) END AS wake_at
    FROM present CROSS JOIN jobs j LEFT JOIN admitted a ON a.job_id = j.id
    WHERE j.id = ANY ($1::uuid[]) AND j.flow_rules IS NULL
    GROUP BY j.id, present.at
  ) n
  WHERE f.job_id = n.job_id AND (n.admitted > 0 OR f.wake_at IS DISTINCT FROM n.wake_at)
), woken AS (
  SELECT pg_notify('carillon_ready', '') FROM (SELECT 1 FROM admitted LIMIT 1) one
)
SELECT count(a.id)::integer AS admitted,
       ARRAY (SELECT id::text FROM jobs WHERE id = ANY ($1::uuid[]) AND flow_rules IS NOT NULL ORDER BY id) AS ruled
FROM admitted a LEFT JOIN woken ON true`,
};

/**
 * Purpose: locks the slots of jobs of which time alone may let something start.
 * Parameters: $1 jobs at most. Answers: job ids.
 * Locks: flow_slots rows in the order of ids; those that another node looks after are passed over.
 * Indexes: flow_slots_wake.
 */
export const LOCK_DUE_SLOTS: Statement = {
  name: 'lock_due_slots',
  text: `
SELECT job_id AS "jobId" FROM flow_slots
WHERE wake_at <= clock_timestamp() ORDER BY job_id LIMIT $1 FOR UPDATE SKIP LOCKED`,
};

/**
 * Purpose: when time alone may next let something start, or expire.
 * Parameters: none. Answers: one row, the seconds until then (not positive: now), or null.
 * Locks: none. Indexes: flow_slots_wake, held_expiry.
 */
export const NEXT_WAKE: Statement = {
  name: 'next_wake',
  text: `
SELECT extract(epoch FROM least((SELECT min(wake_at) FROM flow_slots WHERE wake_at IS NOT NULL),
                                (SELECT min(expires_at) FROM held WHERE expires_at IS NOT NULL))
                          - clock_timestamp())::float8 AS seconds`,
};

/**
 * Purpose: sets slot counters right that disagree with the executions that hold a slot: those in ready or
 * in a claim. Should never find any.
 * Parameters: $1 job ids, locked by LOCK_SLOTS. Answers: the jobs whose counter was wrong.
 * Locks: needs LOCK_SLOTS. Indexes: ready_followed, executions_pkey.
 */
export const MEND_SLOTS: Statement = {
  name: 'mend_slots',
  text: `
WITH ${HOLDERS}, truth AS (
  SELECT f.job_id, (SELECT count(*) FROM holders h WHERE h.job_id = f.job_id) AS active
  FROM flow_slots f WHERE f.job_id = ANY ($1::uuid[])
)
UPDATE flow_slots f SET active = t.active FROM truth t
WHERE f.job_id = t.job_id AND f.active <> t.active
RETURNING f.job_id AS "jobId"`,
};

/**
 * Purpose: jobs with slots in use, executions held or starts that rates count, for the reaper to look after.
 * Parameters: none. Answers: job ids. Locks: none. Indexes: held_due; flow_slots is scanned.
 */
export const FLOW_JOBS: Statement = {
  name: 'flow_jobs',
  text: `
SELECT f.job_id AS "jobId" FROM flow_slots f
WHERE f.active > 0 OR EXISTS (SELECT FROM held h WHERE h.job_id = f.job_id)
   OR EXISTS (SELECT FROM flow_starts s WHERE s.job_id = f.job_id)
ORDER BY f.job_id`,
};
