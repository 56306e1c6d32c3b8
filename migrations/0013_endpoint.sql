-- What called endpoints tell about their runs, revisions of jobs for conditional changes, and lineages over dependencies.

-- The latest that the endpoint of a run told of it. No foreign key: whoever deletes executions deletes these too.
CREATE TABLE run_reports (
  execution_id  uuid PRIMARY KEY,
  -- The attempt that told it.
  attempt       integer NOT NULL,
  -- When it was last heard of, by whatever report.
  heartbeat_at  timestamptz(3) NOT NULL,
  -- The attempt's time is over then, whatever it tells.
  timeout_at    timestamptz(3),
  -- It has promised a sign of life within so many seconds, again and again; null: it has not.
  allowance_seconds integer CHECK (allowance_seconds > 0),
  -- Without a sign of life by then it is stopped.
  alive_until   timestamptz(3),
  -- {percent, message, data, attempt, at}
  progress      jsonb,
  progress_seq  integer NOT NULL DEFAULT 0,
  -- Reports since window_from, to limit their rate.
  window_from   timestamptz(3) NOT NULL,
  window_calls  integer NOT NULL
) WITH (fillfactor = 70);

-- Counts the changes of the row, whoever makes them; version counts those of the definition.
ALTER TABLE jobs ADD COLUMN revision integer NOT NULL DEFAULT 1;

CREATE FUNCTION jobs_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER jobs_revised BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_revised();

-- How deep the lineage of the execution was that ended last.
ALTER TABLE prerequisites ADD COLUMN lineage_depth integer NOT NULL DEFAULT 0;
