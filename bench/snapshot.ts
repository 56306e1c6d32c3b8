import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { insertJob } from '../test/support/rows.js';
import { createEngine } from '../test/support/engine.js';
import { NoopExecutor, percentile, startBenchDatabase } from './harness.js';

const SECONDS = 60;
const WINDOW_SECONDS = 10;
const RATE = Number(process.argv[2] ?? 8_000);
const PORTION = RATE / 10;

/**
 * A snapshot that stays open, as a backup or a forgotten transaction keeps one: nothing that was deleted since can be
 * cleaned up. Pickup and processor time in its first and its last ten seconds, at a steady load.
 */
const database = await startBenchDatabase();
const postmaster = await postmasterPid(database.sql);
const holder = new pg.Client({ connectionString: database.url });
await holder.connect();
try {
  const started = new Map<string, () => void>();
  const jobId = await insertJob(database.sql);
  const request = { jobId, trigger: 'manual', by: 'bench' } as const;
  const portion = Array.from({ length: PORTION }, () => request);
  const worker = await createEngine(database.url, new NoopExecutor((id) => started.get(id)?.()));
  const caller = await createEngine(database.url, new NoopExecutor());
  worker.startWorker();
  let sent = 0;
  let running = true;
  const load = async () => {
    for (let next = performance.now(); running; next += 100) {
      await caller.enqueuer.enqueueMany(portion);
      sent += PORTION;
      await pause(Math.max(next + 100 - performance.now(), 0));
    }
  };
  const loading = load();
  await pause(5_000);
  console.log(`before: ${await window()}`);
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await holder.query('SELECT count(*) FROM ready');
  const from = performance.now();
  console.log(`first ${WINDOW_SECONDS} s of the snapshot: ${await window()}`);
  await pause(Math.max((SECONDS - WINDOW_SECONDS) * 1000 - (performance.now() - from), 0));
  console.log(`last ${WINDOW_SECONDS} s of ${SECONDS}: ${await window()}`);
  await holder.query('COMMIT');
  running = false;
  await loading;
  await caller.stop();
  await worker.stop();

  async function window(): Promise<string> {
    const end = performance.now() + WINDOW_SECONDS * 1000;
    const sentBefore = sent;
    const cpuBefore = serverCpuMs();
    const latencies: number[] = [];
    while (performance.now() < end) {
      const asked = performance.now();
      const id = await caller.enqueuer.enqueue(request);
      const pickedUp = new Promise<void>((resolve) => started.set(id, resolve));
      // It may have started before its id was known here: then it is left out.
      await Promise.race([pickedUp.then(() => latencies.push(performance.now() - asked)), pause(500)]);
      started.delete(id);
      await pause(50);
    }
    const cpu = (serverCpuMs() - cpuBefore) / (WINDOW_SECONDS * 10);
    const rate = Math.round((sent - sentBefore) / WINDOW_SECONDS);
    const [p50, p95] = [0.5, 0.95].map((share) => percentile(latencies, share).toFixed(1));
    return `${rate} executions/s, pickup p50 ${p50} p95 ${p95} ms (${latencies.length}), PostgreSQL ${cpu.toFixed(0)} % of a core`;
  }
} finally {
  await holder.end();
  await database.stop();
}

/** Processor time of the server's processes so far. Linux only. */
function serverCpuMs(): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const { parent, ticks: own } = statOf(pid);
    if (parent === postmaster) ticks += own;
  }
  return ticks * 10;
}

async function postmasterPid(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return statOf(String(rows[0]?.pid)).parent;
}

function statOf(pid: string): { parent: number; ticks: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1] ?? 0, ticks: (fields[11] ?? 0) + (fields[12] ?? 0) };
  } catch {
    // It ended just now.
    return { parent: 0, ticks: 0 };
  }
}
