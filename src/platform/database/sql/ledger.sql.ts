import type { Statement } from '../statement.js';

/**
 * Purpose: a page of what became of a job's due instants, the newest first: executions of its schedule, and
 * stretches on record in occurrences.
 * Parameters: $1 job id, $2 from and $3 to (null: open), $4 offset, $5 how many.
 * Answers: the stretches and instants that touch [from, to].
 * Locks: none. Indexes: executions_occurrence, occurrences_pkey; each is read to the end of the page at most.
 */
export const LEDGER_PAGE: Statement = {
  name: 'ledger_page',
  text: `
SELECT * FROM (
  (SELECT scheduled_for AS "from", scheduled_for AS "through", 1 AS instants, 'executed' AS result, NULL AS reason,
          id AS "executionId", state
   FROM executions
   WHERE job_id = $1::uuid AND scheduled_for IS NOT NULL
     AND scheduled_for >= coalesce($2::timestamptz, '-infinity') AND scheduled_for <= coalesce($3::timestamptz, 'infinity')
   ORDER BY scheduled_for DESC LIMIT $4::bigint + $5::bigint)
  UNION ALL
  (SELECT scheduled_for, through, instants, result, reason, NULL, NULL
   FROM occurrences
   WHERE job_id = $1::uuid
     AND through >= coalesce($2::timestamptz, '-infinity') AND scheduled_for <= coalesce($3::timestamptz, 'infinity')
   ORDER BY scheduled_for DESC LIMIT $4::bigint + $5::bigint)
) entries
ORDER BY "from" DESC, result
OFFSET $4::bigint LIMIT $5::bigint`,
};

/**
 * Purpose: how many entries LEDGER_PAGE has in all.
 * Parameters: $1 job id, $2 from and $3 to (null: open). Answers: one row.
 * Locks: none. Indexes: executions_occurrence, occurrences_pkey.
 */
export const LEDGER_TOTAL: Statement = {
  name: 'ledger_total',
  text: `
SELECT (SELECT count(*) FROM executions
        WHERE job_id = $1::uuid AND scheduled_for IS NOT NULL
          AND scheduled_for >= coalesce($2::timestamptz, '-infinity') AND scheduled_for <= coalesce($3::timestamptz, 'infinity'))::integer
     + (SELECT count(*) FROM occurrences
        WHERE job_id = $1::uuid
          AND through >= coalesce($2::timestamptz, '-infinity') AND scheduled_for <= coalesce($3::timestamptz, 'infinity'))::integer
       AS total`,
};
