/**
 * What an owner ($1) gives back of its claims, one entry an execution: $2 claim ids, $3 execution ids. For other
 * statements, as `mine`; the claims as `fence`.
 * Why by the ids in the claim: what is sent again because the answer was lost is out of it by then, and the same worker
 * may have claimed it anew and started it.
 * Why by their attempts: the ids of what has been settled stay in a claim until it is done, and may be tried again.
 */
export const MINE_OF_FENCE = `fence AS MATERIALIZED (
  SELECT claim_id, ids, attempts, remaining FROM claims
  WHERE claim_id = ANY ($2::uuid[]) AND owner = $1::uuid
  ORDER BY claim_id FOR UPDATE
), mine AS (
  SELECT f.claim_id, u.id, u.attempt
  FROM fence f CROSS JOIN unnest(f.ids, f.attempts) AS u (id, attempt)
  JOIN unnest($2::uuid[], $3::uuid[]) AS g (claim_id, id) ON g.claim_id = f.claim_id AND g.id = u.id
  JOIN executions e ON e.id = u.id AND e.attempt = u.attempt
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
