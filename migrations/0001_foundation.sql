-- Definitions, the clock, the queue and the record. ARCHITECTURE.md, "Tables", tells how they play together.
-- Instants have millisecond precision at most, so that a JavaScript Date holds them without loss.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- ── Definitions ─────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE jobs (
  id                     uuid PRIMARY KEY,
  project_id             text NOT NULL DEFAULT 'default',
  slug                   text,
  -- Counts the definition's changes; job_versions keeps each one.
  version                integer NOT NULL DEFAULT 1,
  name                   text NOT NULL,
  description            text,
  type                   text NOT NULL CHECK (type IN ('http-call', 'stored-procedure', 'code-execution', 'file-operation', 'agent-goal')),
  configuration          jsonb NOT NULL,

  schedule_kind          text NOT NULL CHECK (schedule_kind IN ('cron', 'interval', 'once', 'manual')),
  cron_expression        text,
  interval_seconds       integer CHECK (interval_seconds > 0),
  anchor_at              timestamptz(3),
  run_at                 timestamptz(3),
  timezone               text NOT NULL DEFAULT 'UTC',
  -- A schedule that takes over at successor_from: {kind, cronExpression?, intervalSeconds?, anchorAt?, runAt?, timezone}.
  successor              jsonb,
  successor_from         timestamptz(3),
  start_at               timestamptz(3),
  end_at                 timestamptz(3),
  exclusions             jsonb,
  jitter_seconds         integer NOT NULL DEFAULT 0 CHECK (jitter_seconds >= 0),
  misfire_policy         text NOT NULL DEFAULT 'fireOnce' CHECK (misfire_policy IN ('fireOnce', 'fireAll', 'skip')),
  misfire_grace_seconds  integer NOT NULL DEFAULT 60 CHECK (misfire_grace_seconds >= 0),
  catchup_window_seconds integer NOT NULL DEFAULT 86400 CHECK (catchup_window_seconds >= 0),
  max_catchup_runs       integer NOT NULL DEFAULT 100 CHECK (max_catchup_runs >= 0),
  overlap_policy         text NOT NULL DEFAULT 'allow' CHECK (overlap_policy IN ('allow', 'skip', 'queueOne', 'queueAll', 'cancelRunning')),
  pause_after_failures   integer CHECK (pause_after_failures > 0),

  retry                  jsonb NOT NULL,
  max_attempts           integer NOT NULL DEFAULT 1 CHECK (max_attempts > 0),
  timeout_seconds        integer NOT NULL CHECK (timeout_seconds > 0),
  priority               smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 10),
  -- At most this many executions of the job at once; null: no limit.
  max_concurrency        integer CHECK (max_concurrency > 0),
  -- True where executions must be admitted (a limit or an overlap policy); others never pay for it.
  flow_controlled        boolean NOT NULL DEFAULT false,
  tags                   text[] NOT NULL DEFAULT '{}',

  state                  text NOT NULL CHECK (state IN ('enabled', 'paused', 'disabled', 'completed')),
  created_by             text,
  updated_by             text,
  created_at             timestamptz(3) NOT NULL DEFAULT now(),
  updated_at             timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at             timestamptz(3),

  CONSTRAINT jobs_schedule_fields CHECK (
    (schedule_kind = 'cron') = (cron_expression IS NOT NULL)
    AND (schedule_kind = 'interval') = (interval_seconds IS NOT NULL)
    AND (schedule_kind = 'interval') = (anchor_at IS NOT NULL)
    AND (schedule_kind = 'once') = (run_at IS NOT NULL)),
  CONSTRAINT jobs_successor_whole CHECK ((successor IS NULL) = (successor_from IS NULL))
);
CREATE UNIQUE INDEX jobs_slug ON jobs (project_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX jobs_created ON jobs (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX jobs_updated ON jobs (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX jobs_name ON jobs (name, id) WHERE deleted_at IS NULL;
CREATE INDEX jobs_state ON jobs (state, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX jobs_type ON jobs (type, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX jobs_tags ON jobs USING gin (tags) WHERE deleted_at IS NULL;
CREATE INDEX jobs_search ON jobs USING gin ((name || ' ' || coalesce(description, '')) gin_trgm_ops) WHERE deleted_at IS NULL;

-- Every definition that ever held; an execution names the one it runs.
CREATE TABLE job_versions (
  job_id      uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  version     integer NOT NULL,
  -- What a worker needs to run it: {name, type, configuration, retry, timeoutSeconds, …}.
  definition  jsonb NOT NULL,
  created_by  text,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, version)
);

-- ── The clock ───────────────────────────────────────────────────────────────────────────────────────────
-- Apart from the definitions, so that a firing rewrites one narrow row and two small indexes instead of the
-- definition and all its search indexes.

CREATE TABLE job_clocks (
  job_id           uuid PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  -- The next nominal instant; null: nothing is due (paused, disabled, completed, manual).
  next_run_at      timestamptz(3),
  -- Where the clock stood when the job was paused.
  paused_run_at    timestamptz(3),
  -- Instants up to here are late whatever the grace: the end of a pause.
  late_until       timestamptz(3),
  -- Up to here every due instant is an execution or on record in occurrences.
  accounted_until  timestamptz(3),
  -- Raised by each firing and each change; a firing holds only for the version it was computed from.
  schedule_version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 70);
CREATE INDEX job_clocks_due ON job_clocks (next_run_at) WHERE next_run_at IS NOT NULL;

-- What became of due instants that did not become an execution. One row may stand for a whole stretch.
CREATE TABLE occurrences (
  job_id        uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  scheduled_for timestamptz(3) NOT NULL,
  -- The last instant of the stretch; equal to scheduled_for for a single one.
  through       timestamptz(3) NOT NULL,
  -- Instants in the stretch; null where counting them would cost too much.
  instants      integer,
  result        text NOT NULL CHECK (result IN ('skipped', 'missed', 'excluded')),
  reason        text NOT NULL,
  recorded_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, scheduled_for),
  CHECK (through >= scheduled_for)
);

-- ── The record ──────────────────────────────────────────────────────────────────────────────────────────
-- No index and no index predicate mentions what settling writes, and half of each page is free: so settling
-- is a heap-only update.

CREATE TABLE executions (
  id                  uuid PRIMARY KEY,
  job_id              uuid NOT NULL,
  job_version         integer NOT NULL,
  state               text NOT NULL,
  failure_kind        text CHECK (failure_kind IN ('error', 'timeout', 'crash', 'system')),
  trigger             text NOT NULL CHECK (trigger IN ('schedule', 'manual', 'retry', 'workflow', 'dependency', 'backfill')),
  -- The nominal instant; null unless a schedule fired it.
  scheduled_for       timestamptz(3),
  -- From when on it may start; also finds its row in ready.
  available_at        timestamptz NOT NULL,
  priority            smallint NOT NULL,
  attempt             integer NOT NULL DEFAULT 1,
  max_attempts        integer NOT NULL,
  payload             jsonb,
  -- What this execution overrides or carries beside the definition.
  options             jsonb,
  -- Takes part in flow control: waits for or holds a slot.
  flow                boolean NOT NULL DEFAULT false,
  retry_parent_id     uuid,
  workflow_step_id    uuid,
  created_by          text,
  created_at          timestamptz(3) NOT NULL DEFAULT now(),
  started_at          timestamptz(3),
  finished_at         timestamptz(3),
  cancel_requested_at timestamptz(3),
  cancel_reason       text,
  output              jsonb,
  error               jsonb,
  trace               jsonb,
  CONSTRAINT executions_state CHECK (state IN ('delayed', 'waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired', 'skipped')),
  CONSTRAINT executions_finished CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled', 'expired', 'skipped'))),
  CONSTRAINT executions_failure CHECK ((failure_kind IS NOT NULL) = (state = 'failed'))
) WITH (fillfactor = 50);
CREATE INDEX executions_job ON executions (job_id, id);
-- One due instant is one execution, whatever happens.
CREATE UNIQUE INDEX executions_occurrence ON executions (job_id, scheduled_for) WHERE scheduled_for IS NOT NULL;

-- Attempts that were not the whole story: failed, retried, rescued, or the last of several.
CREATE TABLE attempts (
  execution_id uuid NOT NULL,
  attempt      integer NOT NULL,
  started_at   timestamptz(3),
  finished_at  timestamptz(3) NOT NULL,
  outcome      text NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'cancelled')),
  failure_kind text,
  error        jsonb,
  trace        jsonb,
  worker       uuid,
  PRIMARY KEY (execution_id, attempt)
);

-- ── The queue ───────────────────────────────────────────────────────────────────────────────────────────

-- What may start now or at available_at. A row lives only while unclaimed.
CREATE TABLE ready (
  execution_id  uuid NOT NULL,
  job_id        uuid NOT NULL,
  job_version   integer NOT NULL,
  priority      smallint NOT NULL,
  available_at  timestamptz NOT NULL,
  attempt       integer NOT NULL,
  max_attempts  integer NOT NULL,
  trigger       text NOT NULL,
  scheduled_for timestamptz(3),
  payload       jsonb,
  options       jsonb,
  -- Settling it has consequences beyond itself: a slot, a workflow step.
  followed      boolean NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX ready_order ON ready (priority DESC, available_at);
-- Only the followed ones: others do not pay for it.
CREATE INDEX ready_followed ON ready (job_id) WHERE followed;

-- The leases: one row a claimed batch. Whoever finds no row of its own here may write nothing.
CREATE TABLE claims (
  claim_id    uuid PRIMARY KEY,
  owner       uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  ids         uuid[] NOT NULL,
  attempts    integer[] NOT NULL,
  -- Executions of the batch that have not been settled.
  remaining   integer NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX claims_owner ON claims (owner);

-- Executions that wait for a slot of their job.
CREATE TABLE held (
  execution_id uuid PRIMARY KEY,
  job_id       uuid NOT NULL,
  priority     smallint NOT NULL,
  available_at timestamptz NOT NULL
);
CREATE INDEX held_job ON held (job_id, priority DESC, available_at, execution_id);
CREATE INDEX held_due ON held (available_at);

-- Slots in use by job; its row lock orders all admissions of the job.
CREATE TABLE flow_slots (
  job_id uuid PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  active integer NOT NULL DEFAULT 0 CHECK (active >= 0)
) WITH (fillfactor = 50);

-- What executions tell about their job; written at settling, apart from the definition.
CREATE TABLE job_runtime (
  job_id               uuid PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  -- Exact within a second under load; for sorting. A job's page reads the exact one from its executions.
  last_run_at          timestamptz(3),
  consecutive_failures integer NOT NULL DEFAULT 0,
  -- Ends of its executions have consequences: dependents, webhooks.
  followed             boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
CREATE INDEX job_runtime_last_run ON job_runtime (last_run_at);
CREATE INDEX job_runtime_failing ON job_runtime (consecutive_failures) WHERE consecutive_failures > 0;

-- ── Processes ───────────────────────────────────────────────────────────────────────────────────────────

-- Who is alive: one row a process, renewed with its leases.
CREATE TABLE nodes (
  id           uuid PRIMARY KEY,
  role         text NOT NULL,
  host         text NOT NULL,
  pid          integer NOT NULL,
  concurrency  integer NOT NULL,
  running      integer NOT NULL DEFAULT 0,
  started_at   timestamptz(3) NOT NULL DEFAULT now(),
  heartbeat_at timestamptz(3) NOT NULL DEFAULT now()
);
