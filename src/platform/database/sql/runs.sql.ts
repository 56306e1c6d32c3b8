import type { Statement } from '../statement.js';

const RUN = `
SELECT e.id, e.job_id AS "jobId", j.project_id AS "projectId", e.job_version AS "jobVersion", e.state,
       e.failure_kind AS "failureKind", e.trigger, e.scheduled_for AS "scheduledFor", coalesce(b.probe_at, e.available_at) AS "availableAt",
       e.priority, e.attempt, e.payload, e.options, e.retry_parent_id AS "retryParentId", e.created_by AS "createdBy",
       e.created_at AS "createdAt", e.started_at AS "startedAt", e.finished_at AS "finishedAt", e.output, e.error,
       e.trace, e.cancel_reason AS "cancelReason", v.definition ->> 'type' AS type,
       v.definition -> 'metadata' AS metadata, (v.definition ->> 'ttlSeconds')::float8 AS "ttlSeconds",
       e.workflow_step_id AS "workflowStepId", r.heartbeat_at AS "heartbeatAt", r.progress,
       coalesce(r.progress_seq, 0) AS "progressSeq"
FROM executions e
JOIN jobs j ON j.id = e.job_id
LEFT JOIN run_reports r ON r.execution_id = e.id
LEFT JOIN job_versions v ON v.job_id = e.job_id AND v.version = e.job_version
LEFT JOIN circuit_waits c ON c.execution_id = e.id AND c.available_at = e.available_at
LEFT JOIN circuit_breakers b ON b.origin = c.origin`;

/**
 * Purpose: some runs, for showing.
 * Parameters: $1 ids, $2 the only projects to look into (null: all). Answers: those that exist there.
 * Locks: none. Indexes: executions_pkey, jobs_pkey, job_versions_pkey, run_reports_pkey.
 */
export const READ_RUNS: Statement = {
  name: 'read_runs',
  text: `${RUN}
WHERE e.id = ANY ($1::uuid[]) AND ($2::text[] IS NULL OR j.project_id = ANY ($2::text[]))`,
};

/**
 * Purpose: a page of runs, the newest first.
 * Parameters: $1 the only projects to look into (null: all), $2 a job (null: any), $3 states (null: any), $4 failure
 *   kind (null: any), $5 only those before this id (null: from the newest), $6 how many.
 * Locks: none. Indexes: executions_job with a job, else executions_pkey: it walks past all that do not match, so rare states
 *   have the statements below.
 */
export const LIST_RUNS: Statement = {
  name: 'list_runs',
  text: `${RUN}
WHERE ($1::text[] IS NULL OR j.project_id = ANY ($1::text[]))
  AND ($2::uuid IS NULL OR e.job_id = $2)
  AND ($3::text[] IS NULL OR e.state = ANY ($3::text[]))
  AND ($4::text IS NULL OR e.failure_kind = $4)
  AND ($5::uuid IS NULL OR e.id < $5)
ORDER BY e.id DESC LIMIT $6`,
};

/** No run has it: they are UUIDv7. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** What LIST_RUNS wants, of candidates `c (id)` that are found otherwise; all of its parameters but the job. */
const WANTED = `
  JOIN executions e ON e.id = c.id JOIN jobs j ON j.id = e.job_id
  WHERE ($1::text[] IS NULL OR j.project_id = ANY ($1::text[])) AND e.state = ANY ($3::text[])
    AND ($4::text IS NULL OR e.failure_kind = $4) AND c.id < coalesce($5::uuid, '${LAST_ID}')
  ORDER BY c.id DESC LIMIT $6`;

const listed = (candidates: string) => `${RUN}
WHERE e.id = ANY (ARRAY (SELECT c.id FROM ${candidates} ${WANTED}))
ORDER BY e.id DESC`;

const unsuccessful = (ofJob: string) =>
  listed(`(
  SELECT execution_id AS id FROM unsuccessful_executions WHERE failed = $7::boolean AND ${ofJob}) c`);

/**
 * Purpose: LIST_RUNS for states that an execution ends in without success: these are few among many.
 * Parameters: as LIST_RUNS, with states; $7 whether they are failures; else all of them are cancelled, expired or skipped.
 * Locks: none. Indexes: unsuccessful_executions_newest, executions_pkey.
 */
export const LIST_UNSUCCESSFUL_RUNS: Statement = {
  name: 'list_unsuccessful_runs',
  text: unsuccessful('$2::uuid IS NULL'),
};

/** The same for a job. Indexes: unsuccessful_executions_pkey, executions_pkey. */
export const LIST_UNSUCCESSFUL_RUNS_OF_JOB: Statement = {
  name: 'list_unsuccessful_runs_of_job',
  text: unsuccessful('job_id = $2::uuid'),
};

/**
 * Purpose: LIST_RUNS for those that run: they stand in claims; in two, where one was given back and claimed again.
 * Parameters: as LIST_RUNS, with states.
 * Locks: none. Indexes: executions_pkey; claims are few: a scan.
 */
export const LIST_RUNNING_RUNS: Statement = {
  name: 'list_running_runs',
  text: listed(`(
  SELECT DISTINCT u.id FROM claims CROSS JOIN LATERAL unnest(claims.ids) AS u (id)
  JOIN executions r ON r.id = u.id WHERE $2::uuid IS NULL OR r.job_id = $2) c`),
};

/**
 * Purpose: the projects of jobs. Parameters: $1 job ids. Answers: a row for each that is there.
 * Locks: none. Indexes: jobs_pkey.
 */
export const READ_PROJECTS: Statement = {
  name: 'read_projects',
  text: `SELECT id AS "jobId", project_id AS "projectId" FROM jobs WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL`,
};

/**
 * Purpose: what triggers of jobs must keep. Parameters: $1 job ids. Answers: a row for each that is there.
 * Locks: none. Indexes: jobs_pkey.
 */
export const READ_RULES: Statement = {
  name: 'read_rules',
  text: `SELECT id AS "jobId", run_rules AS rules FROM jobs WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL`,
};

/**
 * Purpose: the payload schemas of those of many jobs that have one. Parameters: $1 job ids.
 * Locks: none. Indexes: jobs_pkey.
 */
export const READ_SCHEMAS: Statement = {
  name: 'read_schemas',
  text: `
SELECT id AS "jobId", run_rules -> 'payloadSchema' AS schema FROM jobs
WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL AND jsonb_typeof(run_rules -> 'payloadSchema') = 'object'`,
};

/**
 * Purpose: how deep the lineages of some runs are. Parameters: $1 run ids, $2 a job. Answers: those of the runs that
 *   are in the project of the job.
 * Locks: none. Indexes: executions_pkey, jobs_pkey.
 */
export const READ_LINEAGES: Statement = {
  name: 'read_lineages',
  text: `
SELECT e.id, coalesce((e.options -> 'run' ->> 'lineageDepth')::integer, 0) AS depth
FROM executions e JOIN jobs j ON j.id = e.job_id
WHERE e.id = ANY ($1::uuid[]) AND j.project_id = (SELECT project_id FROM jobs WHERE id = $2::uuid)`,
};

/**
 * Purpose: claims keys for runs that are about to be recorded in the same transaction: of several transactions with
 * one key the first to commit has it, the others wait and are told nothing.
 * Parameters: $1 job id, $2 kinds, $3 keys, $4 execution ids, $5 seconds after which the content of a payload may be
 *   claimed again (null: never).
 * Answers: the keys that were claimed here.
 * Locks: rows of the keys, in their order. Indexes: idempotency_keys_pkey.
 */
export const CLAIM_KEYS: Statement = {
  name: 'claim_keys',
  text: `
INSERT INTO idempotency_keys AS k (job_id, kind, key, execution_id, created_at)
SELECT $1::uuid, r.kind, r.key, r.id, clock_timestamp()
FROM unnest($2::text[], $3::text[], $4::uuid[]) AS r (kind, key, id)
ORDER BY r.kind, r.key
ON CONFLICT (job_id, kind, key) DO UPDATE SET execution_id = EXCLUDED.execution_id, created_at = clock_timestamp()
WHERE k.kind = 'payload' AND k.created_at <= clock_timestamp() - make_interval(secs => $5::float8)
RETURNING kind, key`,
};

/**
 * Purpose: whom keys belong to. Parameters: $1 job id, $2 kinds, $3 keys. Answers: kind, key, execution id.
 * Locks: none. Indexes: idempotency_keys_pkey.
 */
export const READ_KEYS: Statement = {
  name: 'read_keys',
  text: `
SELECT k.kind, k.key, k.execution_id AS "executionId"
FROM unnest($2::text[], $3::text[]) AS r (kind, key)
JOIN idempotency_keys k ON k.job_id = $1::uuid AND k.kind = r.kind AND k.key = r.key`,
};

/**
 * Purpose: how the runs of a job ended that were recorded within a time.
 * Parameters: $1 job id, $2 the least id of that time. Answers: one row.
 * Locks: none. Indexes: executions_job.
 */
export const TALLY_RUNS: Statement = {
  name: 'tally_runs',
  text: `
SELECT count(*)::integer AS total,
       count(*) FILTER (WHERE state = 'succeeded')::integer AS completed,
       count(*) FILTER (WHERE failure_kind IN ('error', 'system'))::integer AS failed,
       count(*) FILTER (WHERE failure_kind = 'timeout')::integer AS "timedOut",
       count(*) FILTER (WHERE failure_kind = 'crash')::integer AS crashed,
       count(*) FILTER (WHERE state IN ('cancelled', 'skipped'))::integer AS canceled,
       count(*) FILTER (WHERE state = 'expired')::integer AS expired,
       avg(extract(epoch FROM finished_at - started_at))::float8 AS "avgSeconds",
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at)::float8) AS "p95Seconds"
FROM executions WHERE job_id = $1 AND id >= $2::uuid`,
};
