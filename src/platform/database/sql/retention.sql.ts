import type { Statement } from '../statement.js';

/**
 * Purpose: takes one planned run of retention; of many nodes one gets it.
 * Parameters: $1 the instant it was planned for. Answers: a row if it was taken here.
 * Locks: the one row. Indexes: none.
 */
export const TAKE_RETENTION: Statement = {
  name: 'take_retention',
  text: `
UPDATE scheduler_state SET retention_due_at = $1
WHERE retention_due_at IS NULL OR retention_due_at < $1
RETURNING retention_due_at`,
};

/**
 * Purpose: notes what a run of retention removed.
 * Parameters: $1 when it ended, $2 what it removed (JSON text). Answers: nothing. Locks: the one row.
 */
export const RETENTION_RAN: Statement = {
  name: 'retention_ran',
  text: `UPDATE scheduler_state SET retention_ran_at = $1, retention_removed = $2::jsonb`,
};

/**
 * Purpose: notes when retention runs next.
 * Parameters: $1 the instant (null: never). Answers: nothing. Locks: the one row.
 */
export const RETENTION_NEXT: Statement = {
  name: 'retention_next',
  text: `UPDATE scheduler_state SET retention_next_at = $1 WHERE retention_next_at IS DISTINCT FROM $1`,
};

/** Purpose: what retention did last and does next. Parameters: none. Answers: one row. Locks: none. */
export const READ_RETENTION: Statement = {
  name: 'read_retention',
  text: `
SELECT retention_due_at AS "lastDueAt", retention_ran_at AS "lastRunAt", retention_next_at AS "nextRunAt",
       retention_removed AS removed
FROM scheduler_state`,
};
