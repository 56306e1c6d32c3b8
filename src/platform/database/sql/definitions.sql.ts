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
