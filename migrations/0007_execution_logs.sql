-- What the work of an execution wrote while it ran. No foreign key: whoever deletes executions deletes these too.

CREATE TABLE execution_logs (
  execution_id uuid NOT NULL,
  -- From 1, without gaps, over all attempts.
  seq          integer NOT NULL,
  at           timestamptz(3) NOT NULL,
  level        text NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
  message      text NOT NULL,
  attempt      integer NOT NULL,
  -- The last line of a log that was cut; says so.
  cut          boolean NOT NULL DEFAULT false,
  PRIMARY KEY (execution_id, seq)
);
