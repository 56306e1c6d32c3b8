import type { Statement } from '../statement.js';

/** Stands for "not yet known" in complete_from. */
const UNKNOWN = `'18446744073709551615'::xid8`;

/**
 * Purpose: says that somebody listens, so that events are written. Where nobody has lately, the record of events
 * has a gap: its end is noted by CLOSE_GAP, in a later transaction.
 * Parameters: $1 seconds. Answers: one row, whether there is such a gap. Locks: the one row. Indexes: none.
 */
export const RENEW_INTEREST: Statement = {
  name: 'renew_interest',
  text: `
UPDATE event_interest SET
  complete_from = CASE WHEN until < clock_timestamp() + interval '30 seconds' THEN ${UNKNOWN} ELSE complete_from END,
  until = greatest(until, clock_timestamp() + make_interval(secs => $1))
RETURNING complete_from = ${UNKNOWN} AS "hasGap"`,
};

/**
 * Purpose: notes from which transaction on events are complete: every one whose statement begins after the interest was
 * committed sees it. To be sent a moment after that commit: a statement that began before it may get its transaction
 * id only now. Answers: nothing. Locks: the one row. Indexes: none.
 */
export const CLOSE_GAP: Statement = {
  name: 'close_gap',
  text: `
UPDATE event_interest SET complete_from = pg_snapshot_xmax(pg_current_snapshot()) WHERE complete_from = ${UNKNOWN}`,
};

/**
 * Purpose: where the record of events stands. Parameters: none. Answers: one row: `start`, where a new stream begins;
 * `complete_from`, the first transaction that is complete; `horizon`, up to where it may be read; `next`, the
 * transaction that will come next; `newest`, the newest that may be read.
 * Locks: none. Indexes: events_pkey, backwards.
 */
export const EVENT_POSITION: Statement = {
  name: 'event_position',
  text: `
SELECT greatest(pg_snapshot_xmin(s), complete_from)::text AS start, complete_from::text AS "completeFrom",
       pg_snapshot_xmin(s)::text AS horizon, pg_snapshot_xmax(s)::text AS next,
       (SELECT xid::text || '-' || id FROM events WHERE xid < pg_snapshot_xmin(s) ORDER BY xid DESC, id DESC LIMIT 1) AS newest
FROM event_interest, pg_current_snapshot() AS s`,
};

/**
 * Purpose: the events after a position, the oldest first. Only those of transactions that are older than every open
 * one: nothing can appear before them any more.
 * Parameters: $1 transaction and $2 id of the position, $3 the only job (null: all), $4 the only projects (null: all),
 *   $5 how many at most, $6 the horizon as EVENT_POSITION answered it, $7 the only execution
 *   (null: all).
 * Answers: the events. Locks: none. Indexes: events_pkey, jobs_pkey.
 */
export const READ_EVENTS: Statement = {
  name: 'read_events',
  text: `
SELECT e.xid::text AS xid, e.id::text AS id, e.at, e.job_id AS "jobId", e.execution_id AS "executionId", e.state, e.revision
FROM events e LEFT JOIN jobs j ON j.id = e.job_id
WHERE (e.xid, e.id) > ($1::xid8, $2::bigint) AND e.xid < $6::xid8
  AND ($3::uuid IS NULL OR e.job_id = $3) AND ($7::uuid IS NULL OR e.execution_id = $7)
  AND ($4::text[] IS NULL OR j.project_id = ANY ($4))
ORDER BY e.xid, e.id LIMIT $5`,
};

/**
 * Purpose: forgets old events, and notes that what came before is incomplete. Parameters: $1 seconds. Answers: how many.
 * Locks: the rows, the one row of interest. Indexes: none: the table is short-lived and empty while nobody listens.
 */
export const PURGE_EVENTS: Statement = {
  name: 'purge_events',
  text: `
WITH gone AS (
  DELETE FROM events WHERE at < now() - make_interval(secs => $1) RETURNING xid
), noted AS (
  UPDATE event_interest SET complete_from = greatest(complete_from, ((SELECT max(xid) FROM gone)::text::numeric + 1)::text::xid8)
  WHERE EXISTS (SELECT FROM gone)
)
SELECT count(*)::integer AS removed FROM gone`,
};
