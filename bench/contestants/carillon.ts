import type { Outcome } from '../../src/domain/execution/outcome.js';
import type { ExecutionContext, Executor } from '../../src/executors/executor.js';
import { HttpCallExecutor } from '../../src/executors/http-call/http-call.executor.js';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';
import pg from 'pg';
import { createEngine, type Engine } from '../../test/support/engine.js';
import { insertJob } from '../../test/support/rows.js';
import { type Contestant, PORTION, type Stores, type Task } from './contestant.js';

/** Carillon through its engine: enqueuer, queue, worker, and for HTTP the real executor with its guarded client. */
export async function open({ databaseUrl }: Stores): Promise<Contestant> {
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  const executor = new TaskExecutor();
  const jobId = await insertJob(sql, {
    configuration: { url: 'http://replaced.invalid', method: 'POST', body: {} },
  });
  const request = { jobId, trigger: 'manual', by: 'bench' } as const;
  const portion = Array.from({ length: PORTION }, () => request);
  const apart = await createEngine(databaseUrl, executor);
  let engine: Engine = await createEngine(databaseUrl, executor);
  return {
    enqueueMany: async (count) => {
      for (let sent = 0; sent < count; sent += PORTION) await engine.enqueuer.enqueueMany(portion);
    },
    enqueue: async () => void (await engine.enqueuer.enqueue(request)),
    enqueueApart: async () => void (await apart.enqueuer.enqueue(request)),
    work: (task) => {
      executor.task = task;
      engine.startWorker();
      return Promise.resolve();
    },
    rest: async () => {
      await engine.stop();
      engine = await createEngine(databaseUrl, executor);
    },
    unfinished: async () => {
      const { rows } = await sql.query<{ n: string }>(
        'SELECT (SELECT count(*) FROM ready) + (SELECT coalesce(sum(remaining), 0) FROM claims) AS n',
      );
      return Number(rows[0]?.n);
    },
    stop: async () => {
      await engine.stop();
      await apart.stop();
      await executor.outbound.close();
      await sql.end();
    },
  };
}

/** Registered by the benchmarks alone: does what the contest asks for. */
class TaskExecutor implements Executor {
  readonly type = 'http-call';
  readonly configuration = Object;
  readonly outbound = new OutboundClient({ allow: ['127.0.0.0/8'] });
  task: Task | null = null;
  private readonly http = new HttpCallExecutor(this.outbound);

  execute(configuration: object, context: ExecutionContext): Promise<Outcome> {
    this.task?.onStart();
    const url = this.task?.endpoint;
    if (!url) return Promise.resolve({ kind: 'succeeded', output: null });
    return this.http.execute({ ...configuration, url }, context);
  }
}
