import type { Statement } from '../statement.js';

/**
 * Purpose: adds lines to the logs of executions, up to a share for each execution; then one line that says that
 *   the rest is missing. Lines of an attempt that is not the present one (its lease was lost) are left out.
 * Parameters: arrays of one entry a line: $1 execution id, $2 attempt, $3 instant, $4 level, $5 message; $6 lines at
 *   most, $7 bytes at most, $8 the text of the cut.
 * Answers: the places (from 1) of lines whose number another writer took at the same time, to be added again: the
 *   worker and the endpoint of a run may both write.
 * Locks: none but its own rows; waits for another writer of the same execution. Indexes: execution_logs_pkey,
 *   executions_pkey.
 */
export const ADD_LOG_LINES: Statement = {
  name: 'add_log_lines',
  text: `
WITH input AS (
  SELECT i.* FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[])
    WITH ORDINALITY AS i (execution_id, attempt, at, level, message, place)
  JOIN executions e ON e.id = i.execution_id AND e.attempt = i.attempt AND e.finished_at IS NULL
), held AS (
  SELECT execution_id, max(seq) AS lines, sum(octet_length(message)) AS bytes, bool_or(cut) AS cut
  FROM execution_logs WHERE execution_id IN (SELECT execution_id FROM input)
  GROUP BY execution_id
), numbered AS (
  SELECT i.*, coalesce(h.lines, 0) + row_number() OVER w AS seq,
         coalesce(h.lines, 0) + row_number() OVER w > $6::integer
           OR coalesce(h.bytes, 0) + sum(octet_length(i.message)) OVER w > $7::integer AS over
  FROM input i LEFT JOIN held h USING (execution_id)
  WHERE h.cut IS NOT TRUE
  WINDOW w AS (PARTITION BY execution_id ORDER BY place)
), marked AS (
  SELECT *, lag(over, 1, false) OVER (PARTITION BY execution_id ORDER BY place) AS after_cut FROM numbered
), kept AS (
  INSERT INTO execution_logs (execution_id, seq, at, level, message, attempt, cut)
  SELECT execution_id, seq, at, CASE WHEN over THEN 'warn' ELSE level END,
         CASE WHEN over THEN $8::text ELSE message END, attempt, over
  FROM marked WHERE NOT after_cut
  ON CONFLICT DO NOTHING
  RETURNING execution_id, seq
)
SELECT m.place::integer AS place FROM marked m
WHERE NOT m.after_cut AND NOT EXISTS (SELECT FROM kept k WHERE k.execution_id = m.execution_id AND k.seq = m.seq)
ORDER BY m.place`,
};

/**
 * Purpose: the lines of one execution after a place.
 * Parameters: $1 execution id, $2 the last line already known (0: none), $3 how many at most.
 * Answers: the lines in order. Locks: none. Indexes: execution_logs_pkey.
 */
export const LOG_LINES_AFTER: Statement = {
  name: 'log_lines_after',
  text: `
SELECT seq, at, level, message, attempt, cut FROM execution_logs
WHERE execution_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
};

/**
 * Purpose: how long the log of an execution is, and whether the execution goes on.
 * Parameters: $1 execution id. Answers: one row; without the execution none. Locks: none.
 * Indexes: executions_pkey, execution_logs_pkey.
 */
export const LOG_STATE: Statement = {
  name: 'log_state',
  text: `
SELECT e.finished_at IS NOT NULL AS ended, coalesce(l.lines, 0)::integer AS lines, coalesce(l.cut, false) AS cut
FROM executions e
LEFT JOIN LATERAL (SELECT max(seq) AS lines, bool_or(cut) AS cut FROM execution_logs WHERE execution_id = e.id) l ON true
WHERE e.id = $1`,
};
