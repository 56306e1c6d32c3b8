/**
 * The executions that stand in a lease, each once, as `claimed (id)`: one that was tried again stands in two leases for
 * as long as the rest of the first batch runs.
 */
export const CLAIMED_IDS =
  '(SELECT DISTINCT u.id FROM claims c CROSS JOIN LATERAL unnest(c.ids) AS u (id)) AS claimed';
