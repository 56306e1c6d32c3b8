import type { Statement } from '../statement.js';

/**
 * Purpose: definitions of given versions, for workers.
 * Parameters: $1 job ids, $2 versions. Answers: those that exist. Locks: none. Indexes: job_versions_pkey.
 */
export const DEFINITIONS: Statement = {
  name: 'definitions',
  text: `
SELECT v.job_id AS "jobId", v.version, v.definition
FROM unnest($1::uuid[], $2::integer[]) AS w (job_id, version)
JOIN job_versions v ON v.job_id = w.job_id AND v.version = w.version`,
};

/**
 * Purpose: decides which version carries out an execution that starts now, by the policy of the version that it was
 * made for, and records it.
 * Parameters: $1 execution id, $2 attempt. Answers: one row, the version; none where it has started before.
 * Locks: the execution. Indexes: executions_pkey, jobs_pkey, job_versions_pkey.
 */
export const RESOLVE_VERSION: Statement = {
  name: 'resolve_version',
  text: `
WITH resolved AS (
  SELECT e.id, CASE v.definition ->> 'versionPolicy'
      WHEN 'latest' THEN j.version
      WHEN 'minor' THEN coalesce((SELECT min(b.version) - 1 FROM job_versions b
                                  WHERE b.job_id = e.job_id AND b.version > e.job_version AND NOT b.backwards_compatible),
                                 j.version)
      ELSE e.job_version END AS version
  FROM executions e
  JOIN jobs j ON j.id = e.job_id
  JOIN job_versions v ON v.job_id = e.job_id AND v.version = e.job_version
  WHERE e.id = $1::uuid AND e.attempt = $2 AND e.started_at IS NULL AND e.state IN ('queued', 'delayed')
), recorded AS (
  UPDATE executions e SET job_version = r.version FROM resolved r WHERE e.id = r.id AND e.job_version <> r.version
)
SELECT version FROM resolved`,
};
