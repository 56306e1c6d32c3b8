import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

const PORTION = 2_000;
const quiet = new Logger(() => () => undefined);

/** graphile-worker deletes its rows when they are done. @returns {Promise<import('../contestants/contestant.js').Contestant>} */
export async function open({ databaseUrl }) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 12 });
  const utils = await makeWorkerUtils({ pgPool: pool, logger: quiet });
  await utils.migrate();
  const specs = Array.from({ length: PORTION }, () => ({ identifier: 'task', payload: {} }));
  let runner = null;
  return {
    enqueueMany: async (count) => {
      for (let sent = 0; sent < count; sent += PORTION) await utils.addJobs(specs);
    },
    enqueue: async () => void (await utils.addJob('task', {})),
    work: async ({ onStart, endpoint, deliver }) => {
      const task = async () => {
        onStart();
        if (endpoint !== null) await deliver(endpoint);
      };
      runner = await run({
        connectionString: databaseUrl,
        concurrency: 64,
        maxPoolSize: 12,
        noHandleSignals: true,
        logger: quiet,
        taskList: { task },
        preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      });
    },
    rest: () => runner.stop(),
    unfinished: async () => {
      const { rows } = await pool.query('SELECT count(*) AS n FROM graphile_worker._private_jobs');
      return Number(rows[0].n);
    },
    stop: async () => {
      await utils.release();
      await pool.end();
    },
  };
}
