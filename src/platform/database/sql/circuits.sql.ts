import type { Statement } from '../statement.js';
import { RETURNED_FROM_CLAIMS } from './returned-claims.sql.js';

/** What workers are told by when a circuit has changed. */
const TOLD = `pg_notify('carillon_circuits', '')`;

/** The origins that are waited for, by one probe of circuit_waits_order each. For other statements, as `waited`. */
const WAITED = `waited (origin) AS (
  (SELECT origin FROM circuit_waits ORDER BY origin LIMIT 1)
  UNION ALL
  SELECT (SELECT w.origin FROM circuit_waits w WHERE w.origin > o.origin ORDER BY w.origin LIMIT 1)
  FROM waited o WHERE o.origin IS NOT NULL
)`;

/**
 * Purpose: the circuits that are not closed, and the closed ones that are still waited for: what workers look at all
 *   the time, so nothing is counted.
 * Parameters: none. Answers: one row a circuit; a closed one has no state.
 * Locks: none. Indexes: circuit_waits_order; circuits are few: a scan.
 */
export const KNOWN_CIRCUITS: Statement = {
  name: 'known_circuits',
  text: `
WITH RECURSIVE ${WAITED}
SELECT origin, b.state, b.probe_at AS "probeAt", b.probe_id AS "probeId"
FROM circuit_breakers b FULL JOIN (SELECT origin FROM waited WHERE origin IS NOT NULL) w USING (origin)`,
};

/**
 * Purpose: the circuits that are not closed, and how many executions wait for each, for people.
 * Parameters: none. Answers: one row a circuit. Locks: none. Indexes: circuit_waits_order; all that waits is counted.
 */
export const READ_CIRCUITS: Statement = {
  name: 'read_circuits',
  text: `
SELECT origin, b.state, b.reason, b.failures, b.probes, b.opened_at AS "openedAt", b.probe_at AS "probeAt",
       b.probe_id AS "probeId", (SELECT count(*) FROM circuit_waits w WHERE w.origin = b.origin)::integer AS waiting
FROM circuit_breakers b
ORDER BY origin`,
};

/**
 * Purpose: opens a circuit, unless another worker has.
 * Parameters: $1 origin, $2 reason, $3 failures in a row, $4 cool-down in seconds. Answers: the origin, if it was opened.
 * Locks: the row. Indexes: circuit_breakers_pkey.
 */
export const OPEN_CIRCUIT: Statement = {
  name: 'open_circuit',
  text: `
WITH opened AS (
  INSERT INTO circuit_breakers (origin, state, reason, failures, probe_at)
  VALUES ($1, 'open', $2, $3, now() + make_interval(secs => $4))
  ON CONFLICT DO NOTHING
  RETURNING origin
)
SELECT origin, ${TOLD} FROM opened`,
};

/**
 * Purpose: makes an execution that a worker has in hand the probe of a circuit, if one is due; of many, one wins. One
 *   that was picked as the probe already wins, too.
 * Parameters: $1 origin, $2 execution id. Answers: the origin, if it won.
 * Locks: the row. Indexes: circuit_breakers_pkey.
 */
export const TAKE_PROBE: Statement = {
  name: 'take_probe',
  text: `
WITH taken AS (
  UPDATE circuit_breakers SET state = 'half_open', probe_id = $2::uuid
  WHERE origin = $1 AND (state = 'open' AND probe_at <= now() OR probe_id = $2::uuid)
  RETURNING origin
)
SELECT origin, ${TOLD} FROM taken`,
};

/** So many that wait are looked at for a probe; more only if all of them wait no more, at the next look. */
const FIRST_IN_ORDER = 1_000;

/**
 * Purpose: lets one of those that wait for each circuit with a due probe start as that probe: best priority first, then
 *   who has waited longest. Forgets those it finds before that one that wait no more: they were cancelled.
 * Parameters: none. Answers: the origins that are probed now.
 * Locks: the circuits (those in another worker's hands are passed over), then the executions.
 * Indexes: circuit_waits_order, circuit_waits_pkey, executions_pkey, ready_order.
 */
export const PROBE_WAITING: Statement = {
  name: 'probe_waiting',
  text: `
WITH due AS MATERIALIZED (
  SELECT origin FROM circuit_breakers WHERE state = 'open' AND probe_at <= now() FOR UPDATE SKIP LOCKED
), first AS MATERIALIZED (
  SELECT d.origin, w.execution_id, w.priority, w.available_at, w.since
  FROM due d CROSS JOIN LATERAL (
    SELECT * FROM circuit_waits w WHERE w.origin = d.origin
    ORDER BY w.priority DESC, w.since, w.execution_id LIMIT ${FIRST_IN_ORDER}
  ) w
), stale AS (
  DELETE FROM circuit_waits w USING first f
  WHERE w.execution_id = f.execution_id AND w.available_at = f.available_at AND NOT EXISTS (
    SELECT FROM executions e WHERE e.id = f.execution_id AND e.state = 'delayed' AND e.available_at = f.available_at)
), chosen AS MATERIALIZED (
  SELECT d.origin, found.execution_id, found.priority, found.available_at
  FROM due d CROSS JOIN LATERAL (
    SELECT w.execution_id, w.priority, w.available_at
    FROM first w JOIN executions e ON e.id = w.execution_id
    WHERE w.origin = d.origin AND e.state = 'delayed' AND e.available_at = w.available_at
      AND e.cancel_requested_at IS NULL
    ORDER BY w.priority DESC, w.since, w.execution_id
    LIMIT 1 FOR UPDATE OF e SKIP LOCKED
  ) found
), readied AS (
  UPDATE ready r SET available_at = now() FROM chosen c
  WHERE r.priority = c.priority AND r.available_at = c.available_at AND r.execution_id = c.execution_id
  RETURNING r.execution_id
), begun AS (
  UPDATE executions e SET state = 'queued', available_at = now() FROM readied r WHERE e.id = r.execution_id
  RETURNING e.id
), gone AS (
  DELETE FROM circuit_waits w USING begun b WHERE w.execution_id = b.id
), probed AS (
  UPDATE circuit_breakers b SET state = 'half_open', probe_id = c.execution_id
  FROM chosen c JOIN begun ON begun.id = c.execution_id
  WHERE b.origin = c.origin
  RETURNING b.origin
)
SELECT origin, ${TOLD}, pg_notify('carillon_ready', '') FROM probed`,
};

/**
 * Purpose: makes probes due again whose execution has ended, or is gone, without a verdict: its worker died, it was
 *   cancelled, it was refused before it called.
 * Parameters: none. Answers: the origins. Locks: the circuits; those in other hands are left for the next look.
 * Indexes: executions_pkey; circuits are few: a scan.
 */
export const ABANDON_PROBES: Statement = {
  name: 'abandon_probes',
  text: `
WITH target AS MATERIALIZED (
  SELECT origin FROM circuit_breakers b
  WHERE b.state = 'half_open' AND NOT EXISTS (
    SELECT FROM executions e WHERE e.id = b.probe_id AND e.state IN ('delayed', 'queued', 'running')
      AND NOT EXISTS (SELECT FROM circuit_waits w WHERE w.execution_id = e.id AND w.available_at = e.available_at))
  FOR NO KEY UPDATE OF b SKIP LOCKED
), abandoned AS (
  UPDATE circuit_breakers b SET state = 'open', probe_id = NULL, probe_at = now()
  FROM target t WHERE b.origin = t.origin
  RETURNING b.origin
)
SELECT origin, ${TOLD} FROM abandoned`,
};

/**
 * Purpose: forgets open circuits that nobody has called or waited for since their probe was due a day ago: the next call
 *   finds out anew. What is put off meanwhile waits for a closed circuit then, and is released as such.
 * Parameters: none. Answers: the origins. Locks: the circuits; those in other hands are left for the next look.
 * Indexes: circuit_waits_order; circuits are few: a scan.
 */
export const FORGET_CIRCUITS: Statement = {
  name: 'forget_circuits',
  text: `
WITH target AS MATERIALIZED (
  SELECT origin FROM circuit_breakers b
  WHERE b.state = 'open' AND b.probe_at < now() - interval '1 day'
    AND NOT EXISTS (SELECT FROM circuit_waits w WHERE w.origin = b.origin)
  FOR UPDATE OF b SKIP LOCKED
), forgotten AS (
  DELETE FROM circuit_breakers b USING target t WHERE b.origin = t.origin
  RETURNING b.origin
)
SELECT origin, ${TOLD} FROM forgotten`,
};

/**
 * Purpose: opens a circuit again after its probe.
 * Parameters: $1 origin, $2 the probe, $3 cool-down in seconds, $4 reason (null: as before; it does not count as failed).
 * Answers: the origin, if the probe was still the one. Locks: the row. Indexes: circuit_breakers_pkey.
 */
export const REOPEN_CIRCUIT: Statement = {
  name: 'reopen_circuit',
  text: `
WITH reopened AS (
  UPDATE circuit_breakers SET state = 'open', probe_id = NULL, probe_at = now() + make_interval(secs => $3),
                              reason = coalesce($4, reason),
                              probes = probes + CASE WHEN $4::text IS NULL THEN 0 ELSE 1 END
  WHERE origin = $1 AND probe_id = $2::uuid
  RETURNING origin
)
SELECT origin, ${TOLD} FROM reopened`,
};

/**
 * Purpose: closes circuits: one that its probe has found well, or those that a person resets.
 * Parameters: $1 origin (null: all), $2 the probe (null: whatever the state). Answers: the origins that were closed.
 * Locks: the rows in the order of origins, as PUT_OFF does; waits for executions that are just being put off.
 * Indexes: circuit_breakers_pkey.
 */
export const CLOSE_CIRCUITS: Statement = {
  name: 'close_circuits',
  text: `
WITH target AS MATERIALIZED (
  SELECT origin FROM circuit_breakers
  WHERE ($1::text IS NULL OR origin = $1) AND ($2::uuid IS NULL OR probe_id = $2)
  ORDER BY origin FOR UPDATE
), closed AS (
  DELETE FROM circuit_breakers b USING target t WHERE b.origin = t.origin
  RETURNING b.origin
)
SELECT origin, ${TOLD} FROM closed`,
};

/**
 * Purpose: puts off executions that a worker has claimed and may not start, until their circuit is closed or picks one
 *   of them as its probe. No attempt is used up, and the lease of the worker is given back. What waits for a circuit
 *   that is closed by now, or is its probe, goes back to ready.
 *
 * Why the far instant: what waits stands in ready like everything else, so that all else that is done to executions
 *   holds for it, too; and nobody claims it. Should nobody let it go in a day, it is claimed and put off again.
 * Why a microsecond between them: cancelling finds a row in ready by its instant, and they keep their order.
 * Why by the ids in the claim: what is sent again because the answer was lost is out of it by then; it must not come to
 *   ready a second time.
 * Parameters: $1 owner; then arrays of one entry an execution: $2 claim id, $3 execution id, $4 attempt, $5 origin.
 * Answers: what became of each that is still the owner's: it waits, is ready, or is to be cancelled and still in hand.
 * Locks: the owner's claims, then the circuits (against closing), then the executions.
 * Indexes: claims_pkey, circuit_breakers_pkey, executions_pkey, circuit_waits_pkey.
 */
export const PUT_OFF: Statement = {
  name: 'put_off',
  text: `
WITH fence AS MATERIALIZED (
  SELECT claim_id, ids, remaining FROM claims
  WHERE claim_id = ANY ($2::uuid[]) AND owner = $1::uuid
  ORDER BY claim_id FOR UPDATE
), circuit AS MATERIALIZED (
  SELECT origin, probe_id FROM circuit_breakers WHERE origin = ANY ($5::text[]) ORDER BY origin FOR KEY SHARE
), given AS MATERIALIZED (
  SELECT r.claim_id, r.id, r.attempt, c.origin
  FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::text[]) AS r (claim_id, id, attempt, origin)
  JOIN fence f ON f.claim_id = r.claim_id AND r.id = ANY (f.ids)
  LEFT JOIN circuit c ON c.origin = r.origin AND c.probe_id IS DISTINCT FROM r.id
), target AS MATERIALIZED (
  SELECT e.id, e.available_at, e.cancel_requested_at IS NOT NULL AS cancelled, g.claim_id, g.origin
  FROM given g JOIN executions e ON e.id = g.id AND e.attempt = g.attempt
  WHERE e.state IN ('queued', 'delayed', 'running')
  ORDER BY e.id FOR UPDATE OF e
), placed AS (
  SELECT id, claim_id, origin, (row_number() OVER (ORDER BY available_at, id) - 1) * interval '1 microsecond' AS place
  FROM target WHERE NOT cancelled
), returned AS (
  UPDATE executions e SET
    state = CASE WHEN t.origin IS NULL THEN 'queued' ELSE 'delayed' END,
    available_at = now() + t.place + CASE WHEN t.origin IS NULL THEN interval '0' ELSE interval '1 day' END,
    -- It may have been marked as running while its circuit was asked for.
    started_at = CASE WHEN e.attempt > 1 THEN e.started_at END
  FROM placed t WHERE e.id = t.id
  RETURNING e.*, t.claim_id, t.origin
), readied AS (
  INSERT INTO ready (execution_id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger,
                     scheduled_for, payload, options, followed)
  SELECT id, job_id, job_version, priority, available_at, attempt, max_attempts, trigger, scheduled_for, payload,
         options, flow OR workflow_step_id IS NOT NULL
  FROM returned
), waiting AS (
  INSERT INTO circuit_waits (execution_id, origin, priority, available_at)
  SELECT id, origin, priority, available_at FROM returned WHERE origin IS NOT NULL
  ON CONFLICT (execution_id) DO UPDATE SET origin = excluded.origin, available_at = excluded.available_at
), handled AS (
  SELECT claim_id, count(*) AS settled FROM returned GROUP BY claim_id
), ${RETURNED_FROM_CLAIMS}
SELECT id AS "executionId",
       CASE WHEN cancelled THEN 'cancelled' WHEN origin IS NULL THEN 'ready' ELSE 'waits' END AS result
FROM target`,
};

/**
 * Purpose: lets those start that wait for a circuit that is closed by now, in their order and a microsecond apart:
 *   cancelling finds a row in ready by its instant.
 * Parameters: $1 how many at most. Answers: one row, how many were looked at: fewer than $1 means that none is left.
 * Locks: their rows in circuit_waits (those in other hands are passed over), then the executions.
 * Indexes: circuit_waits_order, once a circuit, so that a batch costs the same however many wait; circuit_waits_pkey,
 *   executions_pkey, ready_order.
 */
export const RELEASE_WAITS: Statement = {
  name: 'release_waits',
  text: `
WITH RECURSIVE ${WAITED}, chosen AS MATERIALIZED (
  SELECT first.execution_id, first.priority, first.available_at, first.since
  FROM waited o CROSS JOIN LATERAL (
    SELECT w.execution_id, w.priority, w.available_at, w.since FROM circuit_waits w
    WHERE w.origin = o.origin
    ORDER BY w.priority DESC, w.since, w.execution_id LIMIT $1 FOR UPDATE OF w SKIP LOCKED
  ) first
  WHERE o.origin IS NOT NULL AND NOT EXISTS (SELECT FROM circuit_breakers b WHERE b.origin = o.origin)
  LIMIT $1
), target AS MATERIALIZED (
  SELECT e.id, c.priority, c.available_at, c.since
  FROM chosen c JOIN executions e ON e.id = c.execution_id AND e.state = 'delayed' AND e.available_at = c.available_at
  ORDER BY e.id FOR UPDATE OF e
), placed AS (
  SELECT id, priority, available_at,
         now() + (row_number() OVER (ORDER BY since, available_at, id) - 1) * interval '1 microsecond' AS starts_at
  FROM target
), readied AS (
  UPDATE ready r SET available_at = t.starts_at FROM placed t
  WHERE r.priority = t.priority AND r.available_at = t.available_at AND r.execution_id = t.id
  RETURNING r.execution_id, r.available_at
), begun AS (
  UPDATE executions e SET state = 'queued', available_at = r.available_at FROM readied r WHERE e.id = r.execution_id
), gone AS (
  DELETE FROM circuit_waits w USING chosen c WHERE w.execution_id = c.execution_id
), woken AS (
  SELECT pg_notify('carillon_ready', '') FROM (SELECT 1 FROM readied LIMIT 1) one
)
SELECT (SELECT count(*) FROM chosen)::integer AS seen, (SELECT count(*) FROM woken)::integer AS woken`,
};
