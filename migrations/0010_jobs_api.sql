-- What the Jobs API adds: groups and environments, rules for runs, whole versions, keys that make a trigger once.

-- Labels of the people who run the jobs; null: none.
ALTER TABLE jobs ADD COLUMN group_id text;
ALTER TABLE jobs ADD COLUMN environment_id text;
-- {payloadSchema, metadata, ttlSeconds, dedupWindowSeconds}
ALTER TABLE jobs ADD COLUMN run_rules jsonb NOT NULL
  DEFAULT '{"payloadSchema": null, "metadata": {}, "ttlSeconds": null, "dedupWindowSeconds": null}';
CREATE INDEX jobs_project ON jobs (project_id, id) WHERE deleted_at IS NULL;

-- The definition of the version without its configuration, which stands in `definition`; null: older than this migration.
ALTER TABLE job_versions ADD COLUMN snapshot jsonb;

-- Triggers that may happen only once: by a key of the caller, or by the content of the payload.
CREATE TABLE idempotency_keys (
  job_id       uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  kind         text NOT NULL CHECK (kind IN ('key', 'payload')),
  key          text NOT NULL,
  execution_id uuid NOT NULL REFERENCES executions (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, kind, key)
);
CREATE INDEX idempotency_keys_execution ON idempotency_keys (execution_id);
