import type { Statement } from '../statement.js';

/**
 * Purpose: adds entries to the audit trail.
 * Parameters: $1 instants, $2 actors, $3 roles, $4 operations, $5 methods, $6 paths, $7 targets, $8 statuses,
 *   $9 before and $10 after (JSON text), $11 request ids.
 * Answers: nothing. Locks: none. Indexes: all of audit_log's.
 */
export const AUDIT: Statement = {
  name: 'audit',
  text: `
INSERT INTO audit_log (at, actor, role, operation, method, path, target_id, status, before, after, request_id)
SELECT at, actor, role, operation, method, path, target_id, status, before::jsonb, after::jsonb, request_id
FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[],
            $9::text[], $10::text[], $11::text[])
     AS a (at, actor, role, operation, method, path, target_id, status, before, after, request_id)`,
};

/**
 * Purpose: lets retention remove audit entries in this transaction; to anyone else a trigger refuses it.
 * Parameters: none. Answers: nothing. Locks: none.
 */
export const ALLOW_AUDIT_RETENTION: Statement = {
  name: 'allow_audit_retention',
  text: `SELECT set_config('carillon.audit_retention', 'on', true)`,
};

/**
 * Purpose: removes a batch of audit entries that are older than a limit, the oldest first.
 * Parameters: $1 days, $2 how many at most. Answers: how many. Locks: the rows. Indexes: audit_log_at, audit_log_pkey.
 */
export const PURGE_AUDIT: Statement = {
  name: 'purge_audit',
  text: `
WITH gone AS (
  DELETE FROM audit_log WHERE id IN (
    SELECT id FROM audit_log WHERE at < now() - make_interval(days => $1) ORDER BY at LIMIT $2)
  RETURNING 1
)
SELECT count(*)::integer AS removed FROM gone`,
};
