import type pg from 'pg';

/** Days that the history covers. */
export const DAYS = 90;
/** Jobs that exist. */
const JOBS = 100_000;
/** Jobs that have run. */
export const ACTIVE_JOBS = 1_000;
/** The job of every tenth execution. */
export const BUSY_JOB = '00000000-0000-7000-8000-000000000000';
/** Executions recorded by one statement. */
const BATCH = 250_000;

/** The id of a job by its number. */
const JOB_ID = `('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

/**
 * Records ended executions evenly over the days, through the triggers that keep the roll-ups: one in fifty failed, one in
 * two hundred was cancelled. Of 100,000 jobs in four projects 1,000 have run, and 300 of these fail again and again.
 */
export async function fillHistory(sql: pg.Client, executions: number): Promise<void> {
  await sql.query(
    `INSERT INTO jobs (id, name, type, configuration, schedule_kind, cron_expression, retry, timeout_seconds, state, project_id)
     SELECT ${JOB_ID}, 'job ' || n, 'http-call', '{"url":"https://example.com"}', 'cron', n % 60 || ' * * * *',
            '{"maxAttempts":1,"delaySeconds":30,"strategy":"fixed","maxDelaySeconds":null,"delaysSeconds":[],"jitter":"none"}', 60, 'enabled',
            'project ' || n % 4
     FROM generate_series(0, $1::integer - 1) AS n`,
    [JOBS],
  );
  await sql.query(
    `INSERT INTO job_clocks (job_id, next_run_at) SELECT id, date_trunc('hour', now()) + interval '1 hour' FROM jobs
     ON CONFLICT DO NOTHING`,
  );
  await sql.query(
    `INSERT INTO job_runtime (job_id, consecutive_failures)
     SELECT ${JOB_ID}, CASE WHEN n BETWEEN 1 AND 300 THEN 1 + n % 20 ELSE 0 END FROM generate_series(0, $1::integer - 1) AS n`,
    [JOBS],
  );
  for (let from = 0; from < executions; from += BATCH) {
    await sql.query(
      `INSERT INTO executions (id, job_id, job_version, state, failure_kind, trigger, available_at, priority, max_attempts,
                               created_at, started_at, finished_at, output)
       SELECT uuidv7(at - clock_timestamp()), ${JOB_ID}, 1, state, CASE WHEN state = 'failed' THEN 'error' END, 'manual', at, 0, 1,
              at, at, at + interval '300 ms', '{"status":200}'
       FROM (SELECT g, now() - $3::integer * interval '1 day' * (1 - g::float8 / $4::integer) AS at,
                    CASE WHEN g % 10 = 0 THEN 0 ELSE g % ${ACTIVE_JOBS} END AS n,
                    CASE WHEN g / 10 % 50 = 7 THEN 'failed' WHEN g / 10 % 200 = 11 THEN 'cancelled' ELSE 'succeeded' END AS state
             FROM generate_series($1::integer, $2::integer - 1) AS g) AS e`,
      [from, Math.min(from + BATCH, executions), DAYS, executions],
    );
  }
}
