import type { Statement } from '../statement.js';

/** A condition for other statements: nothing may start. One page is read, once a statement. */
export const IS_HELD = 'EXISTS (SELECT FROM scheduler_state WHERE held_at IS NOT NULL)';

/** Triggers that a person asks for; while the scheduler is held they are refused. */
export const ASKED_BY_HAND = `('manual', 'retry')`;

/**
 * Purpose: whether the scheduler is held.
 * Parameters: none. Answers: one row. Locks: none. Indexes: none, the table is one row.
 */
export const READ_HOLD: Statement = {
  name: 'read_hold',
  text: `SELECT ${IS_HELD} AS held`,
};

/**
 * Purpose: holds the queue. Workers hand back what they have not started.
 * Parameters: $1 who. Answers: nothing. Locks: the one row. Indexes: none.
 */
export const HOLD: Statement = {
  name: 'hold',
  text: `
WITH held AS (
  UPDATE scheduler_state SET held_at = coalesce(held_at, now()), held_by = coalesce(held_by, $1)
)
SELECT pg_notify('carillon_ready', 'held')`,
};

/**
 * Purpose: releases the queue and wakes workers.
 * Parameters: none. Answers: nothing. Locks: the one row. Indexes: none.
 */
export const RELEASE_HOLD: Statement = {
  name: 'release_hold',
  text: `
WITH released AS (
  UPDATE scheduler_state SET held_at = NULL, held_by = NULL
)
SELECT pg_notify('carillon_ready', '')`,
};
