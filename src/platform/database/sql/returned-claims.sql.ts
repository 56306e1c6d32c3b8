/**
 * The executions ($2) in the claims of `fence` (claim_id, ids, attempts), for other statements as `mine`. By their
 * attempts: ids stay in a claim until it is done, so an earlier claim of the same worker may name an execution that was
 * tried again since, and must not be counted down for it.
 */
export const ATTEMPTS_OF_FENCE = `mine AS (
  SELECT f.claim_id, u.id, u.attempt FROM fence f CROSS JOIN unnest(f.ids, f.attempts) AS u (id, attempt)
  JOIN executions e ON e.id = u.id AND e.attempt = u.attempt
  WHERE u.id = ANY ($2::uuid[])
)`;

/**
 * Takes what was given back (`returned`, with id) out of its claims, which `handled` (claim_id, settled) counts down
 * from `fence` (claim_id, remaining). What was not given back stays: should its worker die, it is rescued.
 */
export const RETURNED_FROM_CLAIMS = `finished_claims AS (
  DELETE FROM claims c USING fence f JOIN handled h USING (claim_id)
  WHERE c.claim_id = f.claim_id AND f.remaining <= h.settled
), open_claims AS (
  UPDATE claims c SET remaining = f.remaining - h.settled,
                      ids = ARRAY (SELECT u.id FROM unnest(c.ids) AS u (id) WHERE u.id NOT IN (SELECT id FROM returned)),
                      attempts = ARRAY (SELECT u.attempt FROM unnest(c.ids, c.attempts) AS u (id, attempt)
                                        WHERE u.id NOT IN (SELECT id FROM returned))
  FROM fence f JOIN handled h USING (claim_id)
  WHERE c.claim_id = f.claim_id AND f.remaining > h.settled
)`;
