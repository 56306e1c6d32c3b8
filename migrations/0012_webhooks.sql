-- Webhooks: where the ends of a job's runs are told, and the deliveries that do so.

-- {url, secret}, secrets sealed; null: none.
ALTER TABLE jobs ADD COLUMN webhook jsonb;
-- The secret before the present one, which signs beside it for a while: {secret (sealed), until (ISO 8601)}.
ALTER TABLE jobs ADD COLUMN webhook_previous jsonb;

-- The outbox and the log: one row for each end, written in the transaction that records the end.
CREATE TABLE webhook_deliveries (
  -- Also the header webhook-id, the same over all attempts.
  id             uuid PRIMARY KEY,
  execution_id   uuid NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  job_id         uuid NOT NULL,
  -- The final state that is told.
  state          text NOT NULL,
  status         text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  -- When the next attempt may start; while one is under way, when another process may take it over.
  due_at         timestamptz(3),
  -- The attempt that is under way; whoever holds another one here may write nothing.
  lease          uuid,
  -- The last attempt starts then at the latest.
  give_up_at     timestamptz(3) NOT NULL,
  attempts       integer NOT NULL DEFAULT 0,
  -- Attempts before it was last asked for by hand: the pauses start anew.
  earlier        integer NOT NULL DEFAULT 0,
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  finished_at    timestamptz(3),
  -- One end, one delivery.
  CONSTRAINT webhook_deliveries_end UNIQUE (execution_id, state),
  CONSTRAINT webhook_deliveries_due CHECK ((due_at IS NOT NULL) = (status = 'pending')),
  CONSTRAINT webhook_deliveries_finished CHECK ((finished_at IS NULL) = (status = 'pending'))
) WITH (fillfactor = 70);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (job_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_job ON webhook_deliveries (job_id, id);

-- What came of each attempt.
CREATE TABLE webhook_attempts (
  delivery_id     uuid NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  attempt         integer NOT NULL,
  at              timestamptz(3) NOT NULL,
  -- Where it went, secret parts masked.
  url             text,
  -- Null: there was no answer.
  response_status integer,
  duration_ms     double precision NOT NULL,
  -- {code, message}; null: it was delivered.
  error           jsonb,
  PRIMARY KEY (delivery_id, attempt)
);
