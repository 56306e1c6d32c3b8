-- Roll-ups of executions, and events for live streams.
--
-- Triggers keep them, so that every statement that makes, ends or removes executions is counted, whoever wrote
-- it, in its own transaction. A writer only appends a row to execution_deltas for each job that its statement
-- touched: appending waits for nobody, so the roll-ups can neither queue writers up nor take part in a deadlock.
-- The scheduler folds the deltas into the roll-ups every second; readers add up both.

-- The hour in which a UUIDv7 was made, in hours since 1970. Any UUID has one: it is a prefix of the id, so an hour
-- is a range of the index on (job_id, id).
CREATE FUNCTION uuid_hour(id uuid) RETURNS integer IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
RETURN ((('x' || left(encode(uuid_send(id), 'hex'), 12))::bit(48)::bigint) / 3600000)::integer;

-- The five minutes of an instant: the width of execution_rollups.
CREATE FUNCTION rollup_bucket(at timestamptz) RETURNS timestamptz IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
RETURN date_bin('5 minutes', at, '1970-01-01 00:00:00+00'::timestamptz);

CREATE TABLE execution_deltas (
  job_id           uuid NOT NULL,
  -- Null: the row is about running_change alone.
  hour             integer,
  -- Null: nothing ended here (created, removed).
  ended_bucket     timestamptz,
  created          integer NOT NULL DEFAULT 0,
  succeeded        integer NOT NULL DEFAULT 0,
  failed           integer NOT NULL DEFAULT 0,
  -- Cancelled, expired or skipped.
  cancelled        integer NOT NULL DEFAULT 0,
  -- Ended without ever having started.
  unstarted        integer NOT NULL DEFAULT 0,
  first_started_at timestamptz,
  last_started_at  timestamptz,
  running_change   integer NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Executions on record by job and hour of their ids: what is removed from the record is removed here.
CREATE TABLE job_rollups (
  job_id           uuid NOT NULL,
  hour             integer NOT NULL,
  created          integer NOT NULL,
  succeeded        integer NOT NULL,
  failed           integer NOT NULL,
  cancelled        integer NOT NULL,
  unstarted        integer NOT NULL,
  -- All that ended started within these bounds, which may be too wide.
  first_started_at timestamptz,
  last_started_at  timestamptz,
  PRIMARY KEY (job_id, hour)
) WITH (fillfactor = 70);

-- What ended when, for charts. History: it stays when executions are removed.
CREATE TABLE execution_rollups (
  bucket         timestamptz NOT NULL,
  project_id     text NOT NULL,
  succeeded      bigint NOT NULL,
  failed         bigint NOT NULL,
  cancelled      bigint NOT NULL,
  -- Executions that started in this bucket and ended in a later one, less those that ended here and had started
  -- in an earlier one. The sum of all buckets before an instant is how many were running then.
  running_change bigint NOT NULL,
  PRIMARY KEY (bucket, project_id)
) WITH (fillfactor = 70);

-- Ends other than success, so that the few among many are found.
CREATE TABLE unsuccessful_executions (
  job_id       uuid NOT NULL,
  failed       boolean NOT NULL,
  execution_id uuid NOT NULL,
  PRIMARY KEY (job_id, failed, execution_id)
);

-- ── Events ──────────────────────────────────────────────────────────────────────────────────────────────

-- One row. Events are written only while until is ahead: until then somebody listens, or may come back.
CREATE TABLE event_interest (
  single        boolean PRIMARY KEY DEFAULT true CHECK (single),
  until         timestamptz(3) NOT NULL,
  -- Every transaction from this one on has its events on record.
  complete_from xid8 NOT NULL
);
INSERT INTO event_interest (until, complete_from) VALUES ('-infinity', pg_current_xact_id());

-- Read in the order of (xid, id), and only where xid is older than every open transaction: nothing can appear
-- before what has been read, whatever the order of commits.
CREATE TABLE events (
  xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id           bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  at           timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  job_id       uuid NOT NULL,
  -- Null: the event is about the job.
  execution_id uuid,
  -- The new state; of a job also 'deleted'.
  state        text NOT NULL,
  -- The attempt of an execution, the version of a job.
  revision     integer NOT NULL,
  PRIMARY KEY (xid, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

CREATE FUNCTION events_wanted() RETURNS boolean STABLE LANGUAGE sql
RETURN EXISTS (SELECT FROM event_interest WHERE until > clock_timestamp());

-- ── Triggers ────────────────────────────────────────────────────────────────────────────────────────────

CREATE FUNCTION executions_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO execution_deltas (job_id, hour, ended_bucket, created, succeeded, failed, cancelled, unstarted,
                                first_started_at, last_started_at)
  SELECT job_id, uuid_hour(id), rollup_bucket(finished_at), count(*), count(*) FILTER (WHERE state = 'succeeded'),
         count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state IN ('cancelled', 'expired', 'skipped')),
         count(*) FILTER (WHERE finished_at IS NOT NULL AND started_at IS NULL),
         min(started_at) FILTER (WHERE finished_at IS NOT NULL), max(started_at) FILTER (WHERE finished_at IS NOT NULL)
  FROM new_rows GROUP BY 1, 2, 3;

  INSERT INTO unsuccessful_executions (job_id, failed, execution_id)
  SELECT job_id, state = 'failed', id FROM new_rows WHERE finished_at IS NOT NULL AND state <> 'succeeded';

  IF events_wanted() THEN
    INSERT INTO events (job_id, execution_id, state, revision) SELECT job_id, id, state, attempt FROM new_rows;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION executions_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A row counts as what it is now and no longer as what it was.
  WITH ended AS MATERIALIZED (
    SELECT 1 AS n, id, job_id, state, started_at, finished_at FROM new_rows WHERE finished_at IS NOT NULL
    UNION ALL
    SELECT -1, id, job_id, state, started_at, finished_at FROM old_rows WHERE finished_at IS NOT NULL
  ), counted AS (
    SELECT job_id, uuid_hour(id) AS hour, rollup_bucket(finished_at) AS bucket,
           coalesce(sum(n) FILTER (WHERE state = 'succeeded'), 0) AS succeeded,
           coalesce(sum(n) FILTER (WHERE state = 'failed'), 0) AS failed,
           coalesce(sum(n) FILTER (WHERE state IN ('cancelled', 'expired', 'skipped')), 0) AS cancelled,
           coalesce(sum(n) FILTER (WHERE started_at IS NULL), 0) AS unstarted,
           min(started_at) AS first_started_at, max(started_at) AS last_started_at
    FROM ended GROUP BY 1, 2, 3
  ), crossed AS (
    SELECT e.job_id, change.bucket, sum(change.n) AS n
    FROM ended e
    CROSS JOIN LATERAL (VALUES (rollup_bucket(e.started_at), e.n), (rollup_bucket(e.finished_at), -e.n)) AS change (bucket, n)
    WHERE rollup_bucket(e.started_at) < rollup_bucket(e.finished_at)
    GROUP BY 1, 2
  ), unsuccessful AS (
    INSERT INTO unsuccessful_executions (job_id, failed, execution_id)
    SELECT job_id, state = 'failed', id FROM ended WHERE n = 1 AND state <> 'succeeded'
    ON CONFLICT DO NOTHING
  )
  INSERT INTO execution_deltas (job_id, hour, ended_bucket, succeeded, failed, cancelled, unstarted, first_started_at,
                                last_started_at, running_change)
  SELECT job_id, hour, bucket, succeeded, failed, cancelled, unstarted, first_started_at, last_started_at, 0
  FROM counted WHERE succeeded <> 0 OR failed <> 0 OR cancelled <> 0
  UNION ALL
  SELECT job_id, NULL, bucket, 0, 0, 0, 0, NULL, NULL, n FROM crossed WHERE n <> 0;

  IF events_wanted() THEN
    INSERT INTO events (job_id, execution_id, state, revision)
    SELECT n.job_id, n.id, n.state, n.attempt FROM new_rows n JOIN old_rows o USING (id)
    WHERE (n.state, n.attempt) IS DISTINCT FROM (o.state, o.attempt);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION executions_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO execution_deltas (job_id, hour, created, succeeded, failed, cancelled, unstarted)
  SELECT job_id, uuid_hour(id), -count(*), -count(*) FILTER (WHERE state = 'succeeded'),
         -count(*) FILTER (WHERE state = 'failed'), -count(*) FILTER (WHERE state IN ('cancelled', 'expired', 'skipped')),
         -count(*) FILTER (WHERE finished_at IS NOT NULL AND started_at IS NULL)
  FROM old_rows GROUP BY 1, 2;

  DELETE FROM unsuccessful_executions u USING old_rows o
  WHERE o.finished_at IS NOT NULL AND o.state <> 'succeeded'
    AND u.job_id = o.job_id AND u.failed = (o.state = 'failed') AND u.execution_id = o.id;
  RETURN NULL;
END $$;

CREATE FUNCTION jobs_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF events_wanted() THEN
    IF TG_OP = 'DELETE' THEN
      INSERT INTO events (job_id, state, revision) VALUES (OLD.id, 'deleted', OLD.version);
    ELSIF TG_OP = 'INSERT' OR (NEW.state, NEW.version, NEW.deleted_at) IS DISTINCT FROM (OLD.state, OLD.version, OLD.deleted_at) THEN
      INSERT INTO events (job_id, state, revision)
      VALUES (NEW.id, CASE WHEN NEW.deleted_at IS NULL THEN NEW.state ELSE 'deleted' END, NEW.version);
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER executions_inserted AFTER INSERT ON executions
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION executions_inserted();
CREATE TRIGGER executions_updated AFTER UPDATE ON executions
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION executions_updated();
CREATE TRIGGER executions_deleted AFTER DELETE ON executions
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION executions_deleted();
CREATE TRIGGER jobs_changed AFTER INSERT OR UPDATE OR DELETE ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_changed();

-- ── What is on record already ───────────────────────────────────────────────────────────────────────────

INSERT INTO job_rollups
SELECT job_id, uuid_hour(id), count(*), count(*) FILTER (WHERE state = 'succeeded'), count(*) FILTER (WHERE state = 'failed'),
       count(*) FILTER (WHERE state IN ('cancelled', 'expired', 'skipped')),
       count(*) FILTER (WHERE finished_at IS NOT NULL AND started_at IS NULL),
       min(started_at) FILTER (WHERE finished_at IS NOT NULL), max(started_at) FILTER (WHERE finished_at IS NOT NULL)
FROM executions GROUP BY 1, 2;

INSERT INTO execution_rollups
SELECT change.bucket, coalesce(j.project_id, ''), coalesce(sum(change.ended) FILTER (WHERE e.state = 'succeeded'), 0),
       coalesce(sum(change.ended) FILTER (WHERE e.state = 'failed'), 0), coalesce(sum(change.ended) FILTER (WHERE e.state NOT IN ('succeeded', 'failed')), 0),
       sum(change.running)
FROM executions e LEFT JOIN jobs j ON j.id = e.job_id
CROSS JOIN LATERAL (VALUES (rollup_bucket(coalesce(e.started_at, e.finished_at)), 0, 1), (rollup_bucket(e.finished_at), 1, -1))
           AS change (bucket, ended, running)
WHERE e.finished_at IS NOT NULL GROUP BY 1, 2;

INSERT INTO unsuccessful_executions
SELECT job_id, state = 'failed', id FROM executions WHERE finished_at IS NOT NULL AND state <> 'succeeded';
