-- The last instant of a schedule completes its job. That rewrites a wide row with all of its indexes, twice the work of the
-- firing itself, so it follows the firing in a statement of its own (COMPLETE_JOBS) and no execution waits for it. The
-- mark is written with the firing: a crash in between loses nothing.
ALTER TABLE job_clocks ADD COLUMN ended boolean NOT NULL DEFAULT false;
CREATE INDEX job_clocks_ended ON job_clocks (job_id) WHERE ended AND next_run_at IS NULL;
