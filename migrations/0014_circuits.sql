-- Circuit breakers of the origins that HTTP calls go to.

-- Those that are not closed; a closed circuit has no row.
CREATE TABLE circuit_breakers (
  origin    text PRIMARY KEY,
  state     text NOT NULL CHECK (state IN ('open', 'half_open')),
  -- What the call said that opened it, or the last probe.
  reason    text NOT NULL,
  -- Failures in a row that opened it.
  failures  integer NOT NULL,
  -- Probes that failed since then.
  probes    integer NOT NULL DEFAULT 0,
  opened_at timestamptz(3) NOT NULL DEFAULT now(),
  -- From when on one execution may probe.
  probe_at  timestamptz NOT NULL,
  -- The execution that probes; the only one that may call the origin.
  probe_id  uuid,
  CONSTRAINT circuit_breakers_probe CHECK ((state = 'half_open') = (probe_id IS NOT NULL))
);

-- Executions that wait for a circuit. Each also stands in `ready`, put off to `available_at`.
CREATE TABLE circuit_waits (
  execution_id uuid PRIMARY KEY,
  origin       text NOT NULL,
  priority     smallint NOT NULL,
  -- As in executions and ready; another instant there: it does not wait for the circuit any more.
  available_at timestamptz NOT NULL,
  since        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX circuit_waits_order ON circuit_waits (origin, priority DESC, since, execution_id);
