import type { Statement } from '../statement.js';

/** The values of an execution `e` by the names $3, with what stands in for one that it lacks, $4. Long ones are hashed. */
const VALUES_BY_NAME = `(
  SELECT jsonb_object_agg(n.name, CASE WHEN length(own.value) <= 200 THEN own.value
                                       ELSE 'sha256:' || encode(sha256(convert_to(own.value, 'UTF8')), 'hex') END)
  FROM unnest($3::text[], $4::text[]) AS n (name, fallback)
  CROSS JOIN LATERAL (
    SELECT coalesce(e.options -> 'run' -> 'tags' ->> n.name,
                    CASE WHEN jsonb_typeof(e.payload) = 'object' THEN e.payload ->> n.name END, n.fallback) AS value
  ) own
  WHERE own.value IS NOT NULL)`;

/**
 * Purpose: the rules of jobs that have any, and how full they are; to be read under LOCK_SLOTS.
 * Parameters: $1 job ids. Answers: for each job with rules: the limit at once (null: none), slots in use, starts that
 *   its own rate counts, the rules, the timezone, the tags, and the present instant.
 * Locks: none. Indexes: jobs_pkey, flow_slots_pkey, flow_counters_pkey.
 */
export const READ_RULED: Statement = {
  name: 'read_ruled',
  text: `
SELECT j.id AS "jobId", CASE WHEN j.overlap_policy <> 'allow' THEN 1 ELSE j.max_concurrency END AS "limit", f.active,
       coalesce(c.used, 0) AS "jobStarts", j.flow_rules AS rules, j.timezone, j.tags, clock_timestamp() AS now
FROM jobs j JOIN flow_slots f ON f.job_id = j.id
LEFT JOIN flow_counters c ON c.job_id = j.id AND c.scope = 'rate'
WHERE j.id = ANY ($1::uuid[]) AND j.flow_rules IS NOT NULL
ORDER BY j.id`,
};

/**
 * Purpose: forgets starts that have left the windows of their rates.
 * Parameters: $1 job id, $2 rules, $3 their windows in seconds. Answers: scopes with how many left each.
 * Locks: needs LOCK_SLOTS. Indexes: flow_starts_leaving.
 */
export const TRIM_STARTS: Statement = {
  name: 'trim_starts',
  text: `
WITH gone AS (
  DELETE FROM flow_starts s USING unnest($2::text[], $3::float8[]) AS r (rule, seconds)
  WHERE s.job_id = $1::uuid AND s.rule = r.rule AND s.started_at <= now() - make_interval(secs => r.seconds)
  RETURNING s.scope
)
SELECT scope, count(*)::integer AS count FROM gone GROUP BY scope`,
};

/**
 * Purpose: takes so many off counters, and lets as many of those that wait for each be looked at again.
 * Parameters: $1 job id, $2 scopes, $3 how many fewer count, $4 how many to look at again. Answers: nothing.
 * Locks: needs LOCK_SLOTS. What is being cancelled is passed over. Indexes: flow_counters_pkey, held_parked.
 */
export const FREE_SCOPES: Statement = {
  name: 'free_scopes',
  text: `
WITH freed AS MATERIALIZED (
  SELECT scope, fewer, again FROM unnest($2::text[], $3::integer[], $4::integer[]) AS r (scope, fewer, again)
), emptied AS (
  DELETE FROM flow_counters c USING freed f WHERE c.job_id = $1::uuid AND c.scope = f.scope AND c.used <= f.fewer
), lowered AS (
  UPDATE flow_counters c SET used = c.used - f.fewer FROM freed f
  WHERE c.job_id = $1::uuid AND c.scope = f.scope AND c.used > f.fewer AND f.fewer > 0
), next AS MATERIALIZED (
  SELECT first.execution_id FROM freed f CROSS JOIN LATERAL (
    SELECT h.execution_id FROM held h WHERE h.job_id = $1::uuid AND h.parked_on = f.scope
    ORDER BY h.priority DESC, h.available_at, h.execution_id LIMIT f.again FOR UPDATE SKIP LOCKED
  ) first
)
UPDATE held h SET parked_on = NULL FROM next WHERE h.execution_id = next.execution_id`,
};

/**
 * Purpose: what of a job may start now but for its limits, best priority first, then oldest.
 * Parameters: $1 job id, $2 how many at most, $3 names of rates by values, $4 what stands in for a value that is not
 *   there (null: nothing).
 * Answers: each with its concurrency key and its values.
 * Locks: needs LOCK_SLOTS; the rows. What is being cancelled is passed over. Indexes: held_next, executions_pkey.
 */
export const READ_CANDIDATES: Statement = {
  name: 'read_candidates',
  text: `
WITH present AS MATERIALIZED (
  SELECT clock_timestamp() AS at
), waiting AS MATERIALIZED (
  SELECT h.execution_id, h.priority, h.available_at FROM held h, present
  WHERE h.job_id = $1::uuid AND h.parked_on IS NULL AND h.available_at <= present.at
    AND (h.expires_at IS NULL OR h.expires_at > present.at)
  ORDER BY h.priority DESC, h.available_at, h.execution_id LIMIT $2
  FOR UPDATE OF h SKIP LOCKED
)
SELECT e.id AS "executionId", e.options #>> '{run,concurrencyKey}' AS key, ${VALUES_BY_NAME} AS "values"
FROM waiting w JOIN executions e ON e.id = w.execution_id
ORDER BY w.priority DESC, w.available_at, w.execution_id`,
};

/**
 * Purpose: what some executions count under. Parameters: $1 execution ids, $2 job id, $3 and $4 as READ_CANDIDATES.
 * Answers: as READ_CANDIDATES. Locks: none. Indexes: executions_pkey.
 */
export const READ_SUBJECTS: Statement = {
  name: 'read_subjects',
  text: `
SELECT e.id AS "executionId", e.options #>> '{run,concurrencyKey}' AS key, ${VALUES_BY_NAME} AS "values"
FROM executions e WHERE e.id = ANY ($1::uuid[]) AND e.job_id = $2::uuid`,
};

/**
 * Purpose: counters. Parameters: $1 job id, $2 scopes. Answers: those that are not zero.
 * Locks: decisions need LOCK_SLOTS. Indexes: flow_counters_pkey.
 */
export const READ_COUNTERS: Statement = {
  name: 'read_counters',
  text: `SELECT scope, used FROM flow_counters WHERE job_id = $1::uuid AND scope = ANY ($2::text[])`,
};

/**
 * Purpose: admits executions of a job that were chosen by its rules.
 * Parameters: $1 job id, $2 execution ids, $3 what the worker is told (JSON text; null: nothing);
 *   places in rates: $4 execution ids, $5 rules, $6 scopes; counters: $7 scopes, $8 how many more;
 *   $9 those that have no room: execution ids, $10 the scopes that they wait for.
 * Answers: one row, how many were admitted.
 * Locks: needs LOCK_SLOTS and READ_CANDIDATES. Indexes: held_pkey, executions_pkey, flow_slots_pkey, flow_counters_pkey.
 */
export const ADMIT_CHOSEN: Statement = {
  name: 'admit_chosen',
  text: `
WITH parked AS (
  UPDATE held h SET parked_on = p.scope FROM unnest($9::uuid[], $10::text[]) AS p (id, scope) WHERE h.execution_id = p.id
), gone AS (
  DELETE FROM held WHERE execution_id = ANY ($2::uuid[]) RETURNING execution_id
), admitted AS (
  UPDATE executions e SET state = 'queued', available_at = clock_timestamp(),
         options = CASE WHEN $3::text IS NULL THEN e.options - 'flow'
                        ELSE coalesce(e.options, '{}') || jsonb_build_object('flow', $3::jsonb) END
  FROM gone g WHERE e.id = g.execution_id RETURNING e.*
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
                     scheduled_for, payload, options, followed)
  SELECT id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, scheduled_for, payload, options, true
  FROM admitted
), placed AS (
  INSERT INTO flow_starts (job_id, rule, scope, execution_id, attempt)
  SELECT $1::uuid, p.rule, p.scope, a.id, a.attempt
  FROM unnest($4::uuid[], $5::text[], $6::text[]) AS p (id, rule, scope) JOIN admitted a ON a.id = p.id
), counted AS (
  INSERT INTO flow_counters AS c (job_id, scope, used)
  SELECT $1::uuid, n.scope, n.more FROM unnest($7::text[], $8::integer[]) AS n (scope, more)
  ON CONFLICT (job_id, scope) DO UPDATE SET used = c.used + excluded.used
), taken AS (
  UPDATE flow_slots f SET active = f.active + n.admitted
  FROM (SELECT count(*) AS admitted FROM admitted) n WHERE f.job_id = $1::uuid AND n.admitted > 0
), woken AS (
  SELECT pg_notify('carillon_ready', '') FROM (SELECT 1 FROM admitted LIMIT 1) one
)
SELECT count(a.id)::integer AS admitted FROM admitted a LEFT JOIN woken ON true`,
};

/**
 * Purpose: tells the executions that would start now but for the execution window of their job that they are delayed.
 * They keep their places among those that wait.
 * Parameters: $1 job id, $2 when the window opens, $3 how many at most. Answers: nothing.
 * Locks: needs LOCK_SLOTS; the executions. Indexes: held_next, executions_pkey.
 */
export const DELAY_UNTIL_OPEN: Statement = {
  name: 'delay_until_open',
  text: `
WITH first AS MATERIALIZED (
  SELECT execution_id FROM held
  WHERE job_id = $1::uuid AND parked_on IS NULL AND available_at <= clock_timestamp()
  ORDER BY priority DESC, available_at, execution_id LIMIT $3
  FOR UPDATE SKIP LOCKED
)
UPDATE executions e SET state = 'delayed', available_at = $2::timestamptz
FROM first WHERE e.id = first.execution_id AND (e.state = 'queued' OR e.available_at < $2::timestamptz)`,
};

/**
 * Purpose: notes when time alone may next let something of a job start: when something is due, when a start leaves a
 * rate, when its window opens.
 * Parameters: $1 job id, $2 an instant before the candidates were read, $3 rules, $4 their windows in seconds, $5 a
 *   further instant (null: none), while anything waits.
 * Answers: nothing. Locks: needs LOCK_SLOTS. Indexes: held_due, flow_starts_leaving, flow_slots_pkey.
 */
export const NOTE_WAKE: Statement = {
  name: 'note_wake',
  text: `
UPDATE flow_slots f SET wake_at = w.at
FROM (
  SELECT CASE WHEN EXISTS (SELECT FROM held WHERE job_id = $1::uuid) THEN least(
    $5::timestamptz,
    (SELECT min(available_at) FROM held WHERE job_id = $1::uuid AND available_at > $2::timestamptz),
    (SELECT min(oldest.at) FROM unnest($3::text[], $4::float8[]) AS r (rule, seconds) CROSS JOIN LATERAL (
       SELECT s.started_at + make_interval(secs => r.seconds) AS at FROM flow_starts s
       WHERE s.job_id = $1::uuid AND s.rule = r.rule AND s.started_at IS NOT NULL
       ORDER BY s.started_at LIMIT 1) oldest)) END AS at
) w
WHERE f.job_id = $1::uuid AND f.wake_at IS DISTINCT FROM w.at`,
};
