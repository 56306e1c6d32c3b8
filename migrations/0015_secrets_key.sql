-- One row: a text that is sealed under the master key. A process whose SECRETS_KEY does not open it must not start:
-- what it sealed, the others could not open.
CREATE TABLE secrets_key_check (
  single   boolean PRIMARY KEY DEFAULT true CHECK (single),
  envelope text NOT NULL
);
