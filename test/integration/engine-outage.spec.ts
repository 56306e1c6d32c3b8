import type { INestApplicationContext } from '@nestjs/common';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Loops } from '../../src/engine/loops.js';
import { Enqueuer } from '../../src/modules/executions/enqueuer.js';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { HotDatabase } from '../../src/platform/database/hot-database.js';
import { runMigrations } from '../../src/platform/database/migrations.js';
import { startNode, SUCCEEDED } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { createQueue, manual } from '../support/queue.js';
import { insertJob } from '../support/rows.js';
import { insertScheduled } from '../support/scheduled.js';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const work = () => Promise.resolve(SUCCEEDED);

/** Of the executions of jobs that run each second: the instants that are missing between the first and the last. */
const MISSING = `SELECT coalesce(sum(extract(epoch FROM last - first) + 1 - n), 0)::int AS missing FROM (
  SELECT min(scheduled_for) AS first, max(scheduled_for) AS last, count(*) AS n FROM executions
  WHERE scheduled_for IS NOT NULL GROUP BY job_id) x`;

async function everySecond(sql: pg.Client, jobs: number): Promise<void> {
  for (let job = 0; job < jobs; job++) {
    const maxConcurrency = job % 3 === 0 ? 1 : undefined;
    const misfire = { policy: 'fireAll' } as const;
    await insertScheduled(sql, {
      nextRunAt: new Date(Date.now() + 100),
      intervalSeconds: 1,
      maxConcurrency,
      misfire,
    });
  }
}

async function allLoopsWorkAgain(node: INestApplicationContext, since: number): Promise<void> {
  const loops = node.get(Loops, { strict: false }).all();
  const frequent = loops.filter((loop) =>
    ['leases', 'running-marks', 'cancellations', 'rescue', 'admissions', 'node'].includes(loop.name),
  );
  expect(frequent.length).toBeGreaterThanOrEqual(6);
  await eventually(
    () => frequent.filter((loop) => performance.now() - loop.lagMs < since).map((loop) => loop.name),
    (behind) => behind.length === 0,
    { timeoutMs: 20_000 },
  );
}

describe('the engine while its database', () => {
  it('loses all its connections, again and again: it goes on, and nothing is lost', async () => {
    const queue = await createQueue(2);
    const node = await startNode(queue.url, { work, scheduler: true });
    try {
      await everySecond(queue.sql, 10);
      // Claims are lost again and again here: more often than the attempts that a crash always has.
      const jobId = await insertJob(queue.sql, { retry: { maxAttempts: 50 } });
      await queue.sql.query(`SELECT pg_notify('carillon_jobs', job_id::text) FROM job_clocks`);
      const acknowledged: string[] = [];
      const enqueuer = node.get(Enqueuer, { strict: false });
      for (let round = 0; round < 15; round++) {
        const answers = Promise.allSettled(Array.from({ length: 10 }, () => enqueuer.enqueue(manual(jobId))));
        await queue.sql.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'carillon%'`,
        );
        for (const answer of await answers)
          if (answer.status === 'fulfilled') acknowledged.push(answer.value);
        await eventually(
          () => enqueuer.enqueue(manual(jobId)).catch(() => null),
          (id) => id !== null,
        );
      }
      await allLoopsWorkAgain(node, performance.now());
      await eventually(
        () =>
          queue.value<number>(
            `SELECT count(*)::int FROM executions WHERE id = ANY ($1) AND state = 'succeeded'`,
            [acknowledged],
          ),
        (done) => done === acknowledged.length,
        { timeoutMs: 60_000 },
      );
      await eventually(
        () =>
          queue.value<number>(
            `SELECT least(3, min(n))::int FROM (SELECT count(*) AS n FROM executions WHERE scheduled_for IS NOT NULL GROUP BY job_id) x`,
          ),
        (least) => least === 3,
      );
      expect(await queue.value(MISSING)).toBe(0);
    } finally {
      await node.close();
    }
    expect(await queue.flow.mend()).toEqual([]);
    await queue.drop();
  }, 120_000);

  it('breaks the connection in the middle of a transaction: the caller hears of it, the process lives', async () => {
    const queue = await createQueue(2);
    const ended = queue.database.transaction(async (runner) => {
      const [row] = await runner.rows<{ pid: number }>(
        { name: 'pid', text: 'SELECT pg_backend_pid() AS pid' },
        [],
      );
      await queue.sql.query('SELECT pg_terminate_backend($1, 5000)', [row?.pid]);
      // The connection ends while nothing is asked of it.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return runner.rows({ name: 'one', text: 'SELECT 1' }, []);
    });
    await expect(ended).rejects.toThrow();
    expect(await queue.database.rows({ name: 'two', text: 'SELECT 2 AS n' }, [])).toEqual([{ n: 2 }]);
    await queue.drop();
  });

  it('is stopped and started: it goes on, and nothing is lost', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'carillon-outage-'));
    const options = { dataDir, log: quiet, durable: false };
    let server = await startEmbeddedPostgres(options);
    const { url } = server;
    const connect = async () => {
      const sql = new pg.Client({ connectionString: url });
      sql.on('error', () => undefined);
      await sql.connect();
      return sql;
    };
    try {
      let sql = await connect();
      await runMigrations(sql);
      await everySecond(sql, 3);
      const node = await startNode(url, { work, scheduler: true });
      try {
        const succeeded = async () =>
          (
            await sql.query<{ n: number }>(
              `SELECT count(*)::int AS n FROM executions WHERE state = 'succeeded'`,
            )
          ).rows[0]?.n ?? 0;
        await eventually(succeeded, (count) => count >= 3);
        await server.stop();
        await expect(node.get(HotDatabase).rows({ name: 'one', text: 'SELECT 1' }, [])).rejects.toThrow();
        server = await startEmbeddedPostgres(options);
        expect(server.url).toBe(url);
        sql = await connect();
        await allLoopsWorkAgain(node, performance.now());
        const before = await succeeded();
        await eventually(succeeded, (count) => count >= before + 6);
        expect((await sql.query<{ missing: number }>(MISSING)).rows[0]?.missing).toBe(0);
      } finally {
        await node.close();
        await sql.end();
      }
    } finally {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 60_000);
});
