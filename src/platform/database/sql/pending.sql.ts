import type { Statement } from '../statement.js';
import { IS_HELD } from './hold.sql.js';

/**
 * Purpose: what keeps an execution from starting.
 * Parameters: $1 execution id. Answers: one row for an execution that has not started or waits for its next attempt.
 * Locks: none. Indexes: executions_pkey, waiting_executions_pkey, held_pkey, circuit_waits_pkey, jobs_pkey,
 *   flow_slots_pkey.
 */
export const PENDING_FACTS: Statement = {
  name: 'pending_facts',
  text: `
SELECT e.job_id AS "jobId", e.available_at AS "availableAt", e.available_at > now() AS "isLater",
       w.execution_id IS NOT NULL AS waits, w.fresh_after AS "freshAfter", h.execution_id IS NOT NULL AS held,
       h.available_at > now() AS "heldUntilLater", h.parked_on AS "parkedOn", s.active,
       CASE WHEN j.overlap_policy <> 'allow' THEN 1 ELSE j.max_concurrency END AS "limit",
       j.flow_rules AS rules, j.timezone, now() AS now,
       ${IS_HELD} AS stopped, c.origin AS "circuitOrigin", b.probe_at AS "probeAt"
FROM executions e
LEFT JOIN circuit_waits c ON c.execution_id = e.id AND c.available_at = e.available_at
LEFT JOIN circuit_breakers b ON b.origin = c.origin
LEFT JOIN waiting_executions w ON w.execution_id = e.id
LEFT JOIN held h ON h.execution_id = e.id
LEFT JOIN jobs j ON j.id = h.job_id
LEFT JOIN flow_slots s ON s.job_id = h.job_id
WHERE e.id = $1::uuid AND e.state IN ('delayed', 'waiting', 'queued')`,
};
