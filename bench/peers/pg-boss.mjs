import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import PgBoss from 'pg-boss';

const PORTION = 2_000;
const FETCHERS = 4;
const EMPTY_PAUSE_MS = 2;

/**
 * pg-boss keeps its rows, as Carillon does. Fetching by hand in batches is the fastest way that it has: its own `work`
 * asks at most twice a second. @returns {Promise<import('../contestants/contestant.js').Contestant>}
 */
export async function open({ databaseUrl }) {
  const boss = new PgBoss({ connectionString: databaseUrl, max: 12 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('task');
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const jobs = Array.from({ length: PORTION }, () => ({ name: 'task', data: {} }));
  let working = false;
  let fetchers = [];
  const fetcher = async ({ onStart, endpoint, deliver }) => {
    // 64 at once over all fetchers, where each waits for something.
    const batchSize = endpoint === null ? 500 : 64 / FETCHERS;
    while (working) {
      const batch = await boss.fetch('task', { batchSize });
      if (batch.length === 0) {
        await pause(EMPTY_PAUSE_MS);
        continue;
      }
      for (const _ of batch) onStart();
      if (endpoint !== null) await Promise.all(batch.map(() => deliver(endpoint)));
      const ids = batch.map((job) => job.id);
      await boss.complete('task', ids);
    }
  };
  return {
    enqueueMany: async (count) => {
      for (let sent = 0; sent < count; sent += PORTION) await boss.insert(jobs);
    },
    enqueue: async () => void (await boss.send('task', {})),
    work: async (task) => {
      working = true;
      fetchers = Array.from({ length: FETCHERS }, () => fetcher(task));
    },
    rest: async () => {
      working = false;
      await Promise.all(fetchers);
    },
    unfinished: async () => {
      const { rows } = await pool.query(
        `SELECT count(*) AS n FROM pgboss.job WHERE name = 'task' AND state < 'completed'`,
      );
      return Number(rows[0].n);
    },
    stop: async () => {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}
