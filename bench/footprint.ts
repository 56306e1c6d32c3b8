import { setTimeout as pause } from 'node:timers/promises';
import { startApp } from './app.js';
import { startBenchDatabase } from './harness.js';

const JOBS = 100_000;
const IDLE_MS = 20_000;

/** Memory and processor time of an idle process with 100,000 jobs that are due in a day. */
const database = await startBenchDatabase();
try {
  await database.sql.query(
    `INSERT INTO jobs (id, name, type, configuration, schedule_kind, cron_expression, retry, timeout_seconds, state)
     SELECT gen_random_uuid(), 'job ' || n, 'http-call', '{"url":"https://example.com"}', 'cron', '0 0 * * *', '{"maxAttempts":1}', 60, 'enabled'
     FROM generate_series(1, $1) AS n`,
    [JOBS],
  );
  await database.sql.query(
    `INSERT INTO job_clocks (job_id, next_run_at) SELECT id, now() + interval '1 day' FROM jobs`,
  );
  await database.sql.query('INSERT INTO job_runtime (job_id) SELECT id FROM jobs');
  const app = await startApp(database.url);
  await pause(5_000);
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  await pause(IDLE_MS);
  const { user, system } = process.cpuUsage(cpu);
  const { rss, heapUsed } = process.memoryUsage();
  const share = (user + system) / 10 / IDLE_MS;
  console.log(
    `${JOBS} future jobs: rss ${mb(rss)} MB, heap ${mb(heapUsed)} MB, idle CPU ${share.toFixed(1)} % of a core`,
  );
  await app.close();
} finally {
  await database.stop();
}

function mb(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
