-- The one row that says whether the whole scheduler is held, and what retention did last; the audit trail.

CREATE TABLE scheduler_state (
  -- Makes it one row.
  id                  boolean PRIMARY KEY DEFAULT true CHECK (id),
  -- Since when nothing may start; null: all runs.
  held_at             timestamptz(3),
  held_by             text,
  -- The instant that the latest retention run was planned for: of many nodes one takes each instant.
  retention_due_at    timestamptz(3),
  retention_ran_at    timestamptz(3),
  retention_next_at   timestamptz(3),
  -- What the latest run removed: {executions, occurrences, auditEntries}.
  retention_removed   jsonb
);
INSERT INTO scheduler_state DEFAULT VALUES;

-- Who changed what. Rows are only ever added; retention alone may remove old ones.
CREATE TABLE audit_log (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz(3) NOT NULL,
  actor       text NOT NULL,
  role        text NOT NULL,
  -- The operation's stable id, as in the OpenAPI document.
  operation   text NOT NULL,
  method      text NOT NULL,
  path        text NOT NULL,
  target_id   text,
  status      smallint NOT NULL,
  -- The target before and after, or what was asked and answered; secrets are masked.
  before      jsonb,
  after       jsonb,
  request_id  text NOT NULL
);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_actor ON audit_log (actor, id);
CREATE INDEX audit_log_target ON audit_log (target_id, id) WHERE target_id IS NOT NULL;

CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('carillon.audit_retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_keep BEFORE UPDATE OR DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only();
CREATE TRIGGER audit_log_keep_all BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();
