import type { Statement } from '../statement.js';

/**
 * Purpose: locks the runs of steps, so that what happens to a run happens one after another. What is decided on
 * them must be read by a further statement: only that one sees what was committed while this one waited.
 * Parameters: $1 step ids. Answers: the runs.
 * Locks: the runs, in the order of ids. Indexes: workflow_steps_pkey, workflow_runs_pkey.
 */
export const LOCK_RUNS: Statement = {
  name: 'lock_runs',
  text: `
SELECT id, workflow_id AS "workflowId", version FROM workflow_runs
WHERE id IN (SELECT run_id FROM workflow_steps WHERE id = ANY ($1::uuid[]))
ORDER BY id FOR UPDATE`,
};

/**
 * Purpose: where steps stand in the graphs of their runs.
 * Parameters: $1 step ids. Answers: a row each. Locks: none: it never changes.
 * Indexes: workflow_steps_pkey, workflow_runs_pkey.
 */
export const STEP_PLACES: Statement = {
  name: 'step_places',
  text: `
SELECT r.workflow_id AS "workflowId", r.version, s.position
FROM workflow_steps s JOIN workflow_runs r ON r.id = s.run_id
WHERE s.id = ANY ($1::uuid[])`,
};

/**
 * Purpose: which of some jobs are flow-controlled: only these have slots.
 * Parameters: $1 job ids. Answers: a row each. Locks: none. Indexes: jobs_pkey.
 */
export const CONTROLLED_JOBS: Statement = {
  name: 'controlled_jobs',
  text: `SELECT id AS "jobId" FROM jobs WHERE id = ANY ($1::uuid[]) AND flow_controlled AND deleted_at IS NULL`,
};

/**
 * Purpose: ends steps whose execution has ended.
 * Parameters: $1 step ids, $2 execution ids, $3 states, $4 reasons. Answers: the steps that ended here: one that has
 *   ended before, or goes on with another execution, is left alone.
 * Locks: needs LOCK_RUNS. Indexes: workflow_steps_pkey.
 */
export const END_STEPS: Statement = {
  name: 'end_steps',
  text: `
UPDATE workflow_steps s SET state = e.state, reason = e.reason, finished_at = now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS e (id, execution_id, state, reason)
WHERE s.id = e.id AND s.execution_id = e.execution_id AND s.state = 'started'
RETURNING s.run_id AS "runId", s.position, s.state`,
};

/**
 * Purpose: where some steps of a run stand.
 * Parameters: $1 run id, $2 positions. Answers: a row each. Locks: needs LOCK_RUNS.
 * Indexes: workflow_steps_run_id_position_key.
 */
export const READ_STEPS: Statement = {
  name: 'read_steps',
  text: `
SELECT id, position, state, pending, fired, blocked FROM workflow_steps
WHERE run_id = $1::uuid AND position = ANY ($2::integer[])`,
};

/**
 * Purpose: writes where some steps of a run stand now.
 * Parameters: $1 run id, $2 positions, $3 states, $4 pending, $5 fired, $6 blocked, $7 execution ids, $8 reasons.
 * Answers: nothing. Locks: needs LOCK_RUNS. Indexes: workflow_steps_run_id_position_key.
 */
export const WRITE_STEPS: Statement = {
  name: 'write_steps',
  text: `
UPDATE workflow_steps s
SET state = w.state, pending = w.pending, fired = w.fired, blocked = w.blocked, execution_id = w.execution_id,
    reason = w.reason, finished_at = CASE WHEN w.state NOT IN ('pending', 'started') THEN now() END
FROM unnest($2::integer[], $3::text[], $4::integer[], $5::integer[], $6::integer[], $7::uuid[], $8::text[])
     AS w (position, state, pending, fired, blocked, execution_id, reason)
WHERE s.run_id = $1::uuid AND s.position = w.position`,
};

/**
 * Purpose: counts the steps of a run that have ended, and ends the run with its last one.
 * Parameters: $1 run id, $2 how many ended, $3 how many of these fail the run. Answers: nothing.
 * Locks: needs LOCK_RUNS. Indexes: workflow_runs_pkey.
 */
export const COUNT_ENDS: Statement = {
  name: 'count_ends',
  text: `
UPDATE workflow_runs SET
  open_steps = open_steps - $2::integer,
  failures = failures + $3::integer,
  state = CASE WHEN open_steps > $2::integer THEN 'running'
               WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
               WHEN failures + $3::integer > 0 THEN 'failed'
               ELSE 'succeeded' END,
  finished_at = CASE WHEN open_steps <= $2::integer THEN now() END
WHERE id = $1::uuid`,
};

/**
 * Purpose: the payload of a run, and what steps of it answered, for the steps that they start.
 * Parameters: $1 run id, $2 positions, $3 bytes: a larger output is left out.
 * Answers: one row with position null for the run, and one for each step; sizes in bytes of JSON.
 * Locks: none. Indexes: workflow_runs_pkey, workflow_steps_run_id_position_key, executions_pkey.
 */
export const STEP_INPUTS: Statement = {
  name: 'step_inputs',
  text: `
SELECT NULL::integer AS position, payload AS content, 0 AS bytes FROM workflow_runs WHERE id = $1::uuid
UNION ALL
SELECT s.position, CASE WHEN octet_length(e.output::text) <= $3::integer THEN e.output END,
       coalesce(octet_length(e.output::text), 0)
FROM workflow_steps s LEFT JOIN executions e ON e.id = s.execution_id
WHERE s.run_id = $1::uuid AND s.position = ANY ($2::integer[])`,
};

/**
 * Purpose: records a run with all its steps, none of them started. An instant of the schedule that has its run
 * already gets no other.
 * Parameters: $1 run id, $2 workflow id, $3 version, $4 trigger, $5 nominal instant, $6 payload (JSON text), $7 by;
 *   then arrays of one entry a step, in their order: $8 step ids, $9 job ids, $10 pending edges.
 * Answers: one row if the run was recorded. Locks: none beyond its own rows.
 * Indexes: workflow_versions_pkey, workflow_runs_occurrence.
 */
export const INSERT_RUN: Statement = {
  name: 'insert_run',
  text: `
WITH run AS (
  INSERT INTO workflow_runs (id, workflow_id, version, trigger, scheduled_for, payload, created_by, open_steps)
  VALUES ($1::uuid, $2::uuid, $3::integer, $4, $5::timestamptz, $6::text::jsonb, $7, cardinality($8::uuid[]))
  ON CONFLICT (workflow_id, scheduled_for) WHERE scheduled_for IS NOT NULL DO NOTHING
  RETURNING id
), steps AS (
  INSERT INTO workflow_steps (id, run_id, position, job_id, pending)
  SELECT s.id, run.id, s.position - 1, s.job_id, s.pending
  FROM run CROSS JOIN unnest($8::uuid[], $9::uuid[], $10::integer[]) WITH ORDINALITY AS s (id, job_id, pending, position)
)
SELECT id FROM run`,
};

/**
 * Purpose: notes that a run is to be cancelled and skips what has not started.
 * Parameters: $1 run id, $2 reason. Answers: how many steps were skipped.
 * Locks: needs the run's row locked. Indexes: workflow_runs_pkey, workflow_steps_run_id_position_key.
 */
export const SKIP_PENDING: Statement = {
  name: 'skip_pending',
  text: `
WITH asked AS (
  UPDATE workflow_runs SET cancel_requested_at = coalesce(cancel_requested_at, now()),
                           cancel_reason = coalesce(cancel_reason, $2)
  WHERE id = $1::uuid
), skipped AS (
  UPDATE workflow_steps SET state = 'skipped', reason = $2, finished_at = now()
  WHERE run_id = $1::uuid AND state = 'pending'
  RETURNING 1
)
SELECT count(*)::integer AS skipped FROM skipped`,
};

/**
 * Purpose: the executions of a run that have not ended.
 * Parameters: $1 run id. Answers: execution ids. Locks: none. Indexes: workflow_steps_run_id_position_key.
 */
export const STARTED_EXECUTIONS: Statement = {
  name: 'started_executions',
  text: `
SELECT execution_id AS "executionId" FROM workflow_steps WHERE run_id = $1::uuid AND state = 'started'`,
};

/**
 * Purpose: the graph of a workflow's version.
 * Parameters: $1 workflow id, $2 version. Answers: one row. Locks: none. Indexes: workflow_versions_pkey.
 */
export const WORKFLOW_DEFINITION: Statement = {
  name: 'workflow_definition',
  text: `SELECT definition FROM workflow_versions WHERE workflow_id = $1::uuid AND version = $2::integer`,
};

/**
 * Purpose: locks one run. Parameters: $1 run id. Answers: its state. Locks: the run. Indexes: workflow_runs_pkey.
 */
export const LOCK_RUN: Statement = {
  name: 'lock_run',
  text: `SELECT state FROM workflow_runs WHERE id = $1::uuid FOR UPDATE`,
};

/**
 * Purpose: the workflows whose schedule is due, the longest waiting first.
 * Parameters: $1 how many. Answers: ids. Locks: none. Indexes: workflows_due.
 */
export const DUE_WORKFLOWS: Statement = {
  name: 'due_workflows',
  text: `
SELECT id FROM workflows WHERE next_run_at <= now() ORDER BY next_run_at LIMIT $1`,
};

/**
 * Purpose: takes a due workflow, to fire it in the same transaction. Of many nodes one gets it.
 * Parameters: $1 workflow id. Answers: the workflow with its clock and the present instant; nothing if another node
 *   has it or had it. Locks: the workflow; passed over if another transaction has it. Indexes: workflows_pkey.
 */
export const TAKE_DUE_WORKFLOW: Statement = {
  name: 'take_due_workflow',
  text: `
SELECT id, version, schedule_kind AS "scheduleKind", cron_expression AS "cronExpression",
       interval_seconds AS "intervalSeconds", anchor_at AS "anchorAt", run_at AS "runAt", timezone,
       next_run_at AS "nextRunAt", now() AS now
FROM workflows WHERE id = $1::uuid AND next_run_at <= now() FOR UPDATE SKIP LOCKED`,
};

/**
 * Purpose: sets the clock of a workflow after its firing.
 * Parameters: $1 workflow id, $2 next instant (null: the schedule has ended). Answers: nothing.
 * Locks: needs TAKE_DUE_WORKFLOW. Indexes: workflows_pkey.
 */
export const SET_WORKFLOW_CLOCK: Statement = {
  name: 'set_workflow_clock',
  text: `UPDATE workflows SET next_run_at = $2::timestamptz WHERE id = $1::uuid`,
};

/**
 * Purpose: when the next workflow is due. Parameters: none.
 * Answers: one row, seconds until then (not positive: now), or null. Locks: none. Indexes: workflows_due.
 */
export const NEXT_WORKFLOW_DUE: Statement = {
  name: 'next_workflow_due',
  text: `SELECT extract(epoch FROM min(next_run_at) - now())::float8 AS seconds FROM workflows WHERE next_run_at IS NOT NULL`,
};

/**
 * Purpose: finds steps that go on although their execution has ended or was erased with its job.
 * Parameters: $1 how many. Answers: the steps, with the execution's state (null: erased).
 * Locks: none. Indexes: workflow_runs_open, workflow_steps_run_id_position_key, executions_pkey.
 */
export const STRAY_STEPS: Statement = {
  name: 'stray_steps',
  text: `
SELECT s.id AS "stepId", s.execution_id AS "executionId", e.state
FROM workflow_runs r JOIN workflow_steps s ON s.run_id = r.id AND s.state = 'started'
LEFT JOIN executions e ON e.id = s.execution_id
WHERE r.state = 'running' AND (e.id IS NULL OR e.finished_at IS NOT NULL)
LIMIT $1`,
};

/**
 * Purpose: deletes a batch of runs that ended before a limit, with their steps.
 * Parameters: $1 days, $2 how many at most. Answers: how many. Locks: the rows; those in use are passed over.
 * Indexes: workflow_runs_pkey: ids are made from the time of creation, the oldest come first.
 */
export const PURGE_WORKFLOW_RUNS: Statement = {
  name: 'purge_workflow_runs',
  text: `
WITH gone AS (
  DELETE FROM workflow_runs WHERE id IN (
    SELECT id FROM workflow_runs WHERE finished_at < now() - make_interval(days => $1)
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING 1
)
SELECT count(*)::integer AS removed FROM gone`,
};

/**
 * Purpose: runs whose cancellation was asked for and that have not ended.
 * Parameters: $1 how many. Answers: runs with the reason. Locks: none. Indexes: workflow_runs_open.
 */
export const CANCELLING_RUNS: Statement = {
  name: 'cancelling_runs',
  text: `
SELECT id, cancel_reason AS reason FROM workflow_runs
WHERE state = 'running' AND cancel_requested_at < now() - interval '5 seconds'
ORDER BY id LIMIT $1`,
};
