-- Rare states among long histories are found by indexes of their own.

-- The few deliveries of a job that did not get through, or have not yet. Each change of status changes due_at, which has
-- an index, so no update that would have been heap-only costs more by this.
CREATE INDEX webhook_deliveries_undelivered ON webhook_deliveries (job_id, status, id) WHERE status <> 'delivered';

-- The latest failures, or cancellations, of all jobs.
CREATE INDEX unsuccessful_executions_newest ON unsuccessful_executions (failed, execution_id);
