import { setTimeout as pause } from 'node:timers/promises';
import { startApp } from './app.js';
import { startBenchDatabase } from './harness.js';

const JOBS = 1_000_000;
const DUE = 10_000;
const LEAD_SECONDS = 15;
const ROUNDS = 3;

/**
 * Firing: of a million interval jobs 10,000 are due at one instant. By a process of the role scheduler, and by one of the
 * role all, whose worker runs at the same time what was fired. The rate counts from the nominal instant.
 */
const database = await startBenchDatabase();
const { sql } = database;
try {
  console.log(`inserting ${JOBS} jobs`);
  await sql.query(
    `INSERT INTO jobs (id, name, type, configuration, schedule_kind, interval_seconds, anchor_at, retry, timeout_seconds, state)
     SELECT gen_random_uuid(), 'job ' || n, 'http-call', '{}', 'interval', 86400, now(), '{"maxAttempts":1}', 60, 'enabled'
     FROM generate_series(1, $1::integer) AS n`,
    [JOBS],
  );
  await sql.query(
    `INSERT INTO job_versions (job_id, version, definition)
     SELECT id, 1, '{"name":"job","type":"http-call","configuration":{},"retry":{"maxAttempts":1},"timeoutSeconds":60}' FROM jobs`,
  );
  await sql.query('INSERT INTO job_runtime (job_id) SELECT id FROM jobs');
  await sql.query(
    `INSERT INTO job_clocks (job_id, next_run_at) SELECT id, now() + interval '1 day' FROM jobs`,
  );
  await sql.query('VACUUM ANALYZE');
  await sql.query('CHECKPOINT');
  for (const role of ['scheduler', 'all'] as const) {
    const app = await startApp(database.url, role);
    for (let round = 1; round <= ROUNDS; round++) await measure(role);
    await app.close();
    await sql.query('DELETE FROM ready');
  }
} finally {
  await database.stop();
}

async function measure(role: string): Promise<void> {
  const { rows: picked } = await sql.query<{ at: Date }>(
    `WITH picked AS (SELECT job_id FROM job_clocks WHERE next_run_at > now() + interval '1 hour' LIMIT $1),
          due AS (SELECT date_trunc('second', now()) + make_interval(secs => $2) AS at),
          anchored AS (UPDATE jobs j SET anchor_at = due.at FROM picked, due WHERE j.id = picked.job_id)
     UPDATE job_clocks c SET next_run_at = due.at, schedule_version = schedule_version + 1
     FROM picked, due WHERE c.job_id = picked.job_id RETURNING due.at`,
    [DUE, LEAD_SECONDS],
  );
  await sql.query(`SELECT pg_notify('carillon_jobs', '')`);
  const at = picked[0]?.at;
  const last = role === 'all' ? 'started_at' : 'created_at';
  const deadline = Date.now() + 120_000;
  // Whoever asks meanwhile is measured, too.
  await pause((LEAD_SECONDS + 1) * 1_000);
  for (;;) {
    await pause(500);
    const { rows } = await sql.query<{ n: number; fired: number; last: number }>(
      `SELECT count(${last})::integer AS n, extract(epoch FROM max(created_at) - $1)::float8 * 1000 AS fired,
              extract(epoch FROM max(${last}) - $1)::float8 * 1000 AS last
       FROM executions WHERE scheduled_for = $1`,
      [at],
    );
    const { n = 0, fired = 0, last: ended = 0 } = rows[0] ?? {};
    if (n === DUE) {
      const started = role === 'all' ? `, the last one started after ${ended.toFixed(0)} ms` : '';
      console.log(
        `role ${role}, ${DUE} due at once of ${JOBS} jobs: ${Math.round((DUE / fired) * 1000)} fires/s, ` +
          `all fired after ${fired.toFixed(0)} ms${started}`,
      );
      return;
    }
    if (Date.now() > deadline) throw new Error(`Only ${n} of ${DUE} jobs have fired`);
  }
}
