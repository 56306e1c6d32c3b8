import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { startApp } from './app.js';
import { percentile, startBenchDatabase, until } from './harness.js';

const JOBS = 1_000;
const LEAD_MS = 10_000;

/** How late one-time jobs start: all due in one second, and spread over ten. Through the scheduler, queue and worker. */
const database = await startBenchDatabase();
try {
  const app = await startApp(database.url);
  await measure(database.sql, '1,000 due at one instant', () => 0);
  await measure(database.sql, '1,000 spread over one second', (index) => index);
  await measure(database.sql, '1,000 spread over 10 s', (index) => index * 10);
  await app.close();
} finally {
  await database.stop();
}

async function measure(sql: pg.Client, what: string, offsetMs: (index: number) => number): Promise<void> {
  const start = Date.now() + LEAD_MS;
  const ids = Array.from({ length: JOBS }, () => uuidv7());
  const instants = ids.map((_, index) => new Date(start + offsetMs(index)));
  await insertOneTimeJobs(sql, ids, instants);
  // Whoever asks meanwhile is measured, too.
  await pause(LEAD_MS + offsetMs(JOBS) + 500);
  await until(
    sql,
    `SELECT count(*) AS n FROM executions WHERE job_id = ANY ('{${ids.join(',')}}') AND finished_at IS NOT NULL`,
    JOBS,
  );
  const { rows } = await sql.query<{ late: number }>(
    'SELECT extract(epoch FROM started_at - scheduled_for)::float8 * 1000 AS late FROM executions WHERE job_id = ANY ($1)',
    [ids],
  );
  const late = rows.map((row) => row.late);
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(late, share).toFixed(0));
  console.log(`${what}: lateness p50 ${p50} p99 ${p99} max ${max} ms`);
}

async function insertOneTimeJobs(sql: pg.Client, ids: string[], instants: Date[]): Promise<void> {
  const definition = JSON.stringify({
    name: 'bench',
    type: 'http-call',
    configuration: {},
    retry: { maxAttempts: 1 },
    timeoutSeconds: 60,
  });
  await sql.query('BEGIN');
  await sql.query(
    `INSERT INTO jobs (id, name, type, configuration, schedule_kind, run_at, retry, timeout_seconds, state)
     SELECT id, 'bench', 'http-call', '{}', 'once', run_at, '{"maxAttempts":1}', 60, 'enabled'
     FROM unnest($1::uuid[], $2::timestamptz[]) AS j (id, run_at)`,
    [ids, instants],
  );
  await sql.query('INSERT INTO job_versions (job_id, version, definition) SELECT unnest($1::uuid[]), 1, $2', [
    ids,
    definition,
  ]);
  await sql.query('INSERT INTO job_runtime (job_id) SELECT unnest($1::uuid[])', [ids]);
  await sql.query(
    'INSERT INTO job_clocks (job_id, next_run_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])',
    [ids, instants],
  );
  await sql.query(`SELECT pg_notify('carillon_jobs', id::text) FROM unnest($1::uuid[]) AS j (id)`, [ids]);
  await sql.query('COMMIT');
}
