import type { Statement } from '../statement.js';

/**
 * Purpose: pauses the enabled ones among the next jobs in the order of their ids, so that their clocks can go on from where
 *   they stand. A million in one statement would take minutes without a word.
 * Parameters: $1 who, $2 now, $3 the job before them, $4 how many. Answers: how many were paused; the last one looked at,
 *   null when there is no further one.
 * Locks: the jobs, then their clocks. Indexes: jobs_pkey, job_clocks_pkey.
 */
export const PAUSE_NEXT: Statement = {
  name: 'pause_next',
  text: `
WITH next AS MATERIALIZED (
  SELECT id FROM jobs WHERE id > $3::uuid ORDER BY id LIMIT $4
), paused AS (
  UPDATE jobs j SET state = 'paused', updated_by = $1, updated_at = $2
  FROM next n WHERE j.id = n.id AND j.state = 'enabled' AND j.deleted_at IS NULL
  RETURNING j.id
), stopped AS (
  UPDATE job_clocks c SET paused_run_at = c.next_run_at, next_run_at = NULL, schedule_version = c.schedule_version + 1
  FROM paused p WHERE c.job_id = p.id
)
SELECT (SELECT count(*)::integer FROM paused) AS count, (SELECT id FROM next ORDER BY id DESC LIMIT 1) AS last`,
};

/**
 * Purpose: writes the changed clocks of many locked jobs, and what becomes of due instants by that.
 * Parameters: $1 who, $2 now, $3 job ids, $4 states, $5 next instants, $6 instants before a pause, $7 ends of pauses,
 *   $8 up to where all is on record, $9 whether the job is deleted;
 *   instants: $10 job ids, $11 first, $12 last, $13 counts, $14 results, $15 reasons.
 * Answers: nothing. Locks: the rows, which the caller has locked. Indexes: jobs_pkey, job_clocks_pkey, occurrences_pkey.
 */
export const WRITE_CLOCKS: Statement = {
  name: 'write_clocks',
  text: `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[],
                       $9::boolean[])
       AS g (job_id, state, next_run_at, paused_run_at, late_until, accounted_until, deleted)
), changed AS (
  UPDATE jobs j SET state = g.state, updated_by = $1, updated_at = $2,
                    deleted_at = CASE WHEN g.deleted THEN $2::timestamptz ELSE j.deleted_at END
  FROM given g WHERE j.id = g.job_id
), noted AS (
  INSERT INTO occurrences (job_id, scheduled_for, through, instants, result, reason, recorded_at)
  SELECT n.job_id, n.first, n.last, n.instants, n.result, n.reason, $2
  FROM unnest($10::uuid[], $11::timestamptz[], $12::timestamptz[], $13::integer[], $14::text[],
              $15::text[]) AS n (job_id, first, last, instants, result, reason)
  ON CONFLICT DO NOTHING
)
UPDATE job_clocks c SET next_run_at = g.next_run_at, paused_run_at = g.paused_run_at, late_until = g.late_until,
                        accounted_until = g.accounted_until, ended = false, schedule_version = c.schedule_version + 1
FROM given g WHERE c.job_id = g.job_id`,
};
