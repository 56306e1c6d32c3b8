-- Jobs that wait for other jobs.

-- Whether all of a job's prerequisites must be satisfied or any; null: it has none.
ALTER TABLE jobs ADD COLUMN dependency_mode text CHECK (dependency_mode IN ('all', 'any'));

CREATE TABLE job_dependencies (
  id                uuid PRIMARY KEY,
  job_id            uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  depends_on_job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  condition         text NOT NULL CHECK (condition IN ('succeeded', 'failed', 'completed', 'any')),
  created_at        timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT job_dependencies_pair UNIQUE (job_id, depends_on_job_id),
  CONSTRAINT job_dependencies_other CHECK (job_id <> depends_on_job_id)
);
CREATE INDEX job_dependencies_dependents ON job_dependencies (depends_on_job_id, job_id);

-- How each job that others depend on ended last. Its row lock orders the ends of the job and the decisions on them.
CREATE TABLE prerequisites (
  job_id       uuid PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  ended_state  text,
  ended_at     timestamptz(3),
  CONSTRAINT prerequisites_whole CHECK ((ended_state IS NULL) = (ended_at IS NULL))
) WITH (fillfactor = 50);

-- Executions that wait for prerequisites.
CREATE TABLE waiting_executions (
  execution_id uuid PRIMARY KEY,
  job_id       uuid NOT NULL,
  -- Only ends of prerequisites after this instant count; null: all do.
  fresh_after  timestamptz(3)
);
CREATE INDEX waiting_executions_job ON waiting_executions (job_id, execution_id);
