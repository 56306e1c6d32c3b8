-- Limits by key, rates, execution windows, and which version an execution is carried out by.

-- {maxConcurrencyPerKey, rateLimit: {max, windowSeconds}, rateLimitKeys: [{name, max, windowSeconds}], executionWindow};
-- null: none, and then no statement reads the tables below.
ALTER TABLE jobs ADD COLUMN flow_rules jsonb;
ALTER TABLE jobs ADD COLUMN version_policy text NOT NULL DEFAULT 'pin' CHECK (version_policy IN ('pin', 'latest', 'minor'));
-- Whether runs that were made for the version before may be carried out by this one.
ALTER TABLE jobs ADD COLUMN backwards_compatible boolean NOT NULL DEFAULT true;
ALTER TABLE job_versions ADD COLUMN backwards_compatible boolean NOT NULL DEFAULT true;

-- What has no room left that it waits for: a key, a rate of a value. Others are not held up by walking over it.
ALTER TABLE held ADD COLUMN parked_on text;
-- It expires if it has not started by then; null: never.
ALTER TABLE held ADD COLUMN expires_at timestamptz;
DROP INDEX held_job;
DROP INDEX held_due;
CREATE INDEX held_next ON held (job_id, priority DESC, available_at, execution_id) WHERE parked_on IS NULL;
CREATE INDEX held_parked ON held (job_id, parked_on, priority DESC, available_at, execution_id) WHERE parked_on IS NOT NULL;
CREATE INDEX held_due ON held (job_id, available_at);
CREATE INDEX held_expiry ON held (expires_at) WHERE expires_at IS NOT NULL;

-- When time alone may let something of the job start; null: only the end of something else can.
ALTER TABLE flow_slots ADD COLUMN wake_at timestamptz;
CREATE INDEX flow_slots_wake ON flow_slots (wake_at) WHERE wake_at IS NOT NULL;
UPDATE flow_slots f SET wake_at = now() WHERE EXISTS (SELECT FROM held h WHERE h.job_id = f.job_id);

-- How many count under a scope of a job: executions at once with a key, starts in a rate. Written under the row lock
-- of flow_slots. No foreign key: its check would lock the job against whoever changes it and waits for the slots.
CREATE TABLE flow_counters (
  job_id uuid NOT NULL,
  scope  text NOT NULL,
  used   integer NOT NULL CHECK (used > 0),
  PRIMARY KEY (job_id, scope)
) WITH (fillfactor = 50);

-- Starts that rates count. One is there from the admission on; until its start is known it counts as if it were now.
CREATE TABLE flow_starts (
  job_id       uuid NOT NULL,
  -- The name of the rate by values; '': that of the whole job.
  rule         text NOT NULL,
  scope        text NOT NULL,
  execution_id uuid NOT NULL,
  attempt      integer NOT NULL,
  started_at   timestamptz(3),
  PRIMARY KEY (execution_id, attempt, rule)
);
CREATE INDEX flow_starts_leaving ON flow_starts (job_id, rule, started_at);
