import type { Statement } from '../statement.js';

/**
 * Purpose: records that ends are to be told to the webhooks of their jobs, in the transaction that records the ends.
 * Parameters: $1 delivery ids, $2 execution ids, $3 job ids, $4 final states, $5 seconds that a delivery is tried for.
 * Answers: nothing. Ends of jobs without a webhook, and ends that are recorded already, are left out.
 * Locks: the executions, which the transaction has locked (foreign key). Indexes: jobs_pkey, webhook_deliveries_end.
 */
export const RECORD_DELIVERIES: Statement = {
  name: 'record_deliveries',
  text: `
WITH recorded AS (
  INSERT INTO webhook_deliveries (id, execution_id, job_id, state, due_at, give_up_at)
  SELECT r.id, r.execution_id, r.job_id, r.state, now(), now() + make_interval(secs => $5)
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS r (id, execution_id, job_id, state)
  JOIN jobs j ON j.id = r.job_id
  WHERE j.webhook IS NOT NULL
  ON CONFLICT (execution_id, state) DO NOTHING
  RETURNING id
)
SELECT pg_notify('carillon_webhooks', '') FROM (SELECT 1 FROM recorded LIMIT 1) one`,
};

/**
 * Purpose: takes deliveries whose next attempt is due, the longest due first, under a lease: whoever dies with one
 * leaves it to the others when the lease has run out.
 * Parameters: $1 how many at most, $2 how many of one job this process has in hand at most, $3 jobs that it has some of
 *   in hand and $4 how many, $5 lease id, $6 lease in seconds.
 * Answers: what an attempt needs; the webhook is the job's present one, null where it has none any more.
 * Locks: the rows it takes; rows that another process is taking are passed over.
 * Why by job: a receiver that does not answer must not use up all attempts that a process makes at once, and what waits
 *   for it must not be walked through to find the rest. The index is read once a job that has anything pending.
 * Why the difference of instants: what another process has taken meanwhile is found out without the index, by which the
 *   planner would else walk through all that is due.
 * Indexes: webhook_deliveries_pending, webhook_deliveries_pkey, jobs_pkey.
 */
export const CLAIM_DELIVERIES: Statement = {
  name: 'claim_deliveries',
  text: `
WITH RECURSIVE pending (job_id) AS (
  (SELECT job_id FROM webhook_deliveries WHERE due_at IS NOT NULL ORDER BY job_id LIMIT 1)
  UNION ALL
  SELECT (SELECT d.job_id FROM webhook_deliveries d
          WHERE d.due_at IS NOT NULL AND d.job_id > p.job_id ORDER BY d.job_id LIMIT 1)
  FROM pending p WHERE p.job_id IS NOT NULL
), due AS (
  SELECT found.id
  FROM pending p
  LEFT JOIN unnest($3::uuid[], $4::integer[]) AS hand (job_id, held) ON hand.job_id = p.job_id
  CROSS JOIN LATERAL (
    SELECT d.id, d.due_at FROM webhook_deliveries d
    WHERE d.job_id = p.job_id AND d.due_at <= now()
    ORDER BY d.due_at LIMIT greatest($2::integer - coalesce(hand.held, 0), 0)
  ) found
  ORDER BY found.due_at LIMIT $1
), chosen AS MATERIALIZED (
  SELECT id FROM webhook_deliveries
  WHERE id = ANY (ARRAY (SELECT id FROM due)) AND due_at - now() <= interval '0'
  FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE webhook_deliveries d
  SET attempts = d.attempts + 1, lease = $5::uuid, due_at = now() + make_interval(secs => $6)
  FROM chosen c WHERE d.id = c.id
  RETURNING d.id, d.execution_id, d.job_id, d.lease, d.attempts - d.earlier AS attempt, d.give_up_at
)
SELECT c.id, c.execution_id AS "executionId", c.job_id AS "jobId", c.lease, c.attempt, c.give_up_at AS "giveUpAt",
       j.webhook, j.webhook_previous AS previous
FROM claimed c LEFT JOIN jobs j ON j.id = c.job_id`,
};

/**
 * Purpose: records what came of attempts, if the writer still holds their leases.
 * Parameters: arrays of one entry an attempt: $1 delivery ids, $2 lease ids, $3 starts, $4 URLs (masked), $5 statuses
 *   of answers, $6 durations in ms, $7 errors (JSON text), $8 what becomes of the delivery, $9 next attempts
 *   (null unless it stays pending).
 * Answers: the ids that were recorded. Locks: these rows. Indexes: webhook_deliveries_pkey.
 * Why earlier = attempts: while an attempt is under way, that says that the delivery was asked for by hand meanwhile.
 *   The attempt was judged by the period before, so it may end well, but not the new period: the next one comes at once.
 */
export const RECORD_ATTEMPTS: Statement = {
  name: 'record_attempts',
  text: `
WITH result AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::integer[], $6::float8[], $7::text[],
                       $8::text[], $9::timestamptz[])
    AS r (id, lease, at, url, response_status, duration_ms, error, status, next_at)
), recorded AS (
  UPDATE webhook_deliveries d
  SET status = CASE WHEN r.status = 'failed' AND d.earlier = d.attempts THEN 'pending' ELSE r.status END,
      due_at = CASE WHEN r.status = 'failed' AND d.earlier = d.attempts THEN now() ELSE r.next_at END,
      finished_at = CASE WHEN r.status = 'delivered' OR r.status = 'failed' AND d.earlier < d.attempts THEN now() END,
      lease = NULL
  FROM result r WHERE d.id = r.id AND d.lease = r.lease
  RETURNING d.id, d.attempts, r.at, r.url, r.response_status, r.duration_ms, r.error
), history AS (
  INSERT INTO webhook_attempts (delivery_id, attempt, at, url, response_status, duration_ms, error)
  SELECT id, attempts, at, url, response_status, duration_ms, error::jsonb FROM recorded
)
SELECT id FROM recorded`,
};

/**
 * Purpose: how much is still to be delivered, for metrics.
 * Parameters: $1 seconds that a delivery is tried for. Answers: one row. Locks: none.
 * Indexes: webhook_deliveries_pending.
 */
export const DELIVERY_BACKLOG: Statement = {
  name: 'delivery_backlog',
  text: `
SELECT count(*)::integer AS pending,
       coalesce(extract(epoch FROM now() - min(give_up_at)) + $1::float8, 0)::float8 AS "oldestSeconds"
FROM webhook_deliveries WHERE due_at IS NOT NULL`,
};

const DELIVERY = `
SELECT d.id, d.execution_id AS "executionId", d.job_id AS "jobId", e.state, e.failure_kind AS "failureKind", d.status,
       d.attempts, CASE WHEN d.lease IS NULL THEN d.due_at END AS "nextAttemptAt", d.created_at AS "createdAt",
       d.finished_at AS "finishedAt", log.entries AS log
FROM webhook_deliveries d
JOIN executions e ON e.id = d.execution_id
CROSS JOIN LATERAL (
  SELECT coalesce(jsonb_agg(to_jsonb(a) - 'delivery_id' ORDER BY a.attempt DESC), '[]') AS entries
  FROM (SELECT * FROM webhook_attempts WHERE delivery_id = d.id ORDER BY attempt DESC LIMIT 50) a
) log`;

/** No delivery has it: they are UUIDv7. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const PAGE = `($2::text IS NULL OR d.status = $2) AND ($3::uuid IS NULL OR d.id < $3) ORDER BY d.id DESC LIMIT $4`;

/**
 * Purpose: a page of the deliveries of a job, the newest first, each with its last 50 attempts.
 * Parameters: $1 job id, $2 status (null: any), $3 only those before this id (null: from the newest), $4 how many.
 * Locks: none. Indexes: webhook_deliveries_job, executions_pkey, webhook_attempts_pkey.
 */
export const LIST_JOB_DELIVERIES: Statement = {
  name: 'list_job_deliveries',
  text: `${DELIVERY} WHERE d.job_id = $1::uuid AND ${PAGE}`,
};

/**
 * The same for a status other than `delivered`, which few have.
 * Indexes: webhook_deliveries_undelivered, executions_pkey, webhook_attempts_pkey.
 */
export const LIST_UNDELIVERED: Statement = {
  name: 'list_undelivered',
  text: `${DELIVERY}
WHERE d.job_id = $1::uuid AND d.status <> 'delivered' AND d.status = $2
  AND d.id < coalesce($3::uuid, '${LAST_ID}') ORDER BY d.id DESC LIMIT $4`,
};

/** As LIST_JOB_DELIVERIES, for one execution. Indexes: webhook_deliveries_end instead. */
export const LIST_EXECUTION_DELIVERIES: Statement = {
  name: 'list_execution_deliveries',
  text: `${DELIVERY} WHERE d.execution_id = $1::uuid AND ${PAGE}`,
};

/** Purpose: one delivery as the lists have it. Parameters: $1 id. Locks: none. Indexes: webhook_deliveries_pkey. */
export const READ_DELIVERY: Statement = {
  name: 'read_delivery',
  text: `${DELIVERY} WHERE d.id = $1::uuid`,
};

/**
 * Purpose: makes a delivery due now and gives it a new period; an attempt that is under way is left to itself
 *   and, if it fails, does not end the new period (see RECORD_ATTEMPTS).
 * Parameters: $1 delivery id, $2 its execution, $3 seconds that it is tried for.
 * Answers: one row, whether its job has a webhook to send it to: only then anything is changed; none: no such delivery.
 * Locks: the row. Indexes: webhook_deliveries_pkey, jobs_pkey.
 */
export const REDELIVER: Statement = {
  name: 'redeliver',
  text: `
WITH target AS (
  SELECT d.id, j.webhook IS NOT NULL AS possible
  FROM webhook_deliveries d LEFT JOIN jobs j ON j.id = d.job_id
  WHERE d.id = $1::uuid AND d.execution_id = $2::uuid
), asked AS (
  UPDATE webhook_deliveries d
  SET status = 'pending', finished_at = NULL, earlier = d.attempts, give_up_at = now() + make_interval(secs => $3),
      due_at = CASE WHEN d.lease IS NOT NULL AND d.due_at > now() THEN d.due_at ELSE now() END
  FROM target t WHERE d.id = t.id AND t.possible
  RETURNING pg_notify('carillon_webhooks', '')
)
SELECT t.possible FROM target t LEFT JOIN asked ON true`,
};
