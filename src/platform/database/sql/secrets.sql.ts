import type { Statement } from '../statement.js';

/**
 * Purpose: the sealed values of named secrets, for an attempt that refers to them.
 * Parameters: $1 names, $2 the job whose attempt it is. Answers: those that exist and that the project of the job may
 * use as it stands now; for a job that is gone, those of every project. Locks: none. Indexes: secrets_pkey, jobs_pkey.
 */
export const SECRETS: Statement = {
  name: 'secrets',
  text: `
SELECT name, envelope, allowed_hosts AS "allowedHosts" FROM secrets
WHERE name = ANY ($1::text[])
  AND (projects IS NULL OR (SELECT project_id FROM jobs WHERE id = $2::uuid) = ANY (projects))`,
};
