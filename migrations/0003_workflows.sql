-- Workflows: graphs of jobs, their runs, and the steps of these.

CREATE TABLE workflows (
  id               uuid PRIMARY KEY,
  project_id       text NOT NULL,
  -- Counts the changes of the graph; workflow_versions keeps each one.
  version          integer NOT NULL DEFAULT 1,
  name             text NOT NULL,
  description      text,
  schedule_kind    text NOT NULL DEFAULT 'manual' CHECK (schedule_kind IN ('cron', 'interval', 'once', 'manual')),
  cron_expression  text,
  interval_seconds integer CHECK (interval_seconds > 0),
  anchor_at        timestamptz(3),
  run_at           timestamptz(3),
  timezone         text NOT NULL DEFAULT 'UTC',
  -- The next instant of the schedule; null: none is due.
  next_run_at      timestamptz(3),
  created_by       text NOT NULL,
  updated_by       text NOT NULL,
  created_at       timestamptz(3) NOT NULL DEFAULT now(),
  updated_at       timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at       timestamptz(3),
  CONSTRAINT workflows_schedule_fields CHECK (
    (schedule_kind = 'cron') = (cron_expression IS NOT NULL)
    AND (schedule_kind = 'interval') = (interval_seconds IS NOT NULL)
    AND (schedule_kind = 'interval') = (anchor_at IS NOT NULL)
    AND (schedule_kind = 'once') = (run_at IS NOT NULL)),
  CONSTRAINT workflows_clock CHECK (next_run_at IS NULL OR (schedule_kind <> 'manual' AND deleted_at IS NULL))
);
CREATE INDEX workflows_created ON workflows (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX workflows_due ON workflows (next_run_at) WHERE next_run_at IS NOT NULL;

-- Every graph that a workflow ever had; a run names the one it follows. Rows never change.
CREATE TABLE workflow_versions (
  workflow_id uuid NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
  version     integer NOT NULL,
  -- {steps: [{jobId, join, toleratesFailure}], edges: [{from, to, on}]}; edges name positions in steps.
  definition  jsonb NOT NULL,
  created_by  text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (workflow_id, version)
);

-- The row lock of a run orders everything that happens to its steps.
CREATE TABLE workflow_runs (
  id                  uuid PRIMARY KEY,
  workflow_id         uuid NOT NULL,
  version             integer NOT NULL,
  state               text NOT NULL DEFAULT 'running',
  trigger             text NOT NULL CHECK (trigger IN ('manual', 'schedule')),
  -- The nominal instant; null unless the workflow's schedule started it.
  scheduled_for       timestamptz(3),
  payload             jsonb CHECK (jsonb_typeof(payload) = 'object'),
  -- Steps that have not ended.
  open_steps          integer NOT NULL CHECK (open_steps >= 0),
  -- Steps whose failure fails the run.
  failures            integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  cancel_requested_at timestamptz(3),
  cancel_reason       text,
  created_by          text NOT NULL,
  created_at          timestamptz(3) NOT NULL DEFAULT now(),
  finished_at         timestamptz(3),
  FOREIGN KEY (workflow_id, version) REFERENCES workflow_versions (workflow_id, version) ON DELETE CASCADE,
  CONSTRAINT workflow_runs_state CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
  CONSTRAINT workflow_runs_finished CHECK ((finished_at IS NOT NULL) = (state <> 'running')),
  CONSTRAINT workflow_runs_open CHECK ((open_steps = 0) = (state <> 'running'))
) WITH (fillfactor = 50);
CREATE INDEX workflow_runs_workflow ON workflow_runs (workflow_id, id);
-- One due instant is one run, whatever happens.
CREATE UNIQUE INDEX workflow_runs_occurrence ON workflow_runs (workflow_id, scheduled_for) WHERE scheduled_for IS NOT NULL;
CREATE INDEX workflow_runs_open ON workflow_runs (id) WHERE state = 'running';

CREATE TABLE workflow_steps (
  -- Named by executions.workflow_step_id.
  id           uuid PRIMARY KEY,
  run_id       uuid NOT NULL REFERENCES workflow_runs (id) ON DELETE CASCADE,
  -- Its place in the definition.
  position     integer NOT NULL CHECK (position >= 0),
  job_id       uuid NOT NULL,
  state        text NOT NULL DEFAULT 'pending',
  execution_id uuid,
  -- Incoming edges: whose source has not ended, that have fired, that block the step.
  pending      integer NOT NULL CHECK (pending >= 0),
  fired        integer NOT NULL DEFAULT 0 CHECK (fired >= 0),
  blocked      integer NOT NULL DEFAULT 0 CHECK (blocked >= 0),
  -- Why it ended without an execution.
  reason       text,
  finished_at  timestamptz(3),
  UNIQUE (run_id, position),
  CONSTRAINT workflow_steps_state CHECK (state IN ('pending', 'started', 'succeeded', 'failed', 'cancelled', 'skipped')),
  CONSTRAINT workflow_steps_finished CHECK ((finished_at IS NOT NULL) = (state NOT IN ('pending', 'started'))),
  CONSTRAINT workflow_steps_started CHECK (state <> 'started' OR execution_id IS NOT NULL)
) WITH (fillfactor = 50);
