-- The projects whose jobs may use a secret; null: those of every project, as secrets were so far.
ALTER TABLE secrets ADD COLUMN projects text[] CHECK (cardinality(projects) > 0);
