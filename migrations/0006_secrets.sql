-- Named secrets that jobs refer to as ${{ secrets.NAME }}. Envelopes are AES-256-GCM under the master key, which
-- is never in the database.

CREATE TABLE secrets (
  name          text PRIMARY KEY CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,99}$'),
  -- v1.keyId.wrappedDek.ciphertext
  envelope      text NOT NULL,
  -- The only hosts that the value may be sent to; null: any.
  allowed_hosts text[],
  created_by    text NOT NULL,
  updated_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  updated_at    timestamptz(3) NOT NULL DEFAULT now()
);
