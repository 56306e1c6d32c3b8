import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Outcome } from '../../src/domain/execution/outcome.js';
import { WorkerService } from '../../src/engine/worker/worker.service.js';
import type { Worker } from '../../src/engine/worker/worker.js';
import type { ExecutionContext } from '../../src/executors/executor.js';
import { Gate, startNode, SUCCEEDED, type Work } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { loneWorker, type LoneWorkerOptions } from '../support/lone-worker.js';
import { claimed, createQueue, manual, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('a worker and its leases', () => {
  let queue: Queue;
  const workers: Worker[] = [];

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held, attempts CASCADE');
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.drain(0)));
  });

  async function workerThat(execute: Work, options: LoneWorkerOptions = {}) {
    const { worker, keeper } = await loneWorker(queue, execute, options);
    workers.push(worker);
    return { worker, keeper };
  }

  async function enqueue(count: number): Promise<void> {
    const jobId = await insertJob(queue.sql);
    await queue.enqueuer().enqueueMany(Array.from({ length: count }, () => manual(jobId)));
  }

  const runOut = () => queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 ms'`);
  const states = async () =>
    (await queue.rows<{ state: string }>('SELECT state FROM executions ORDER BY id')).map((row) => row.state);
  const allEnded = () =>
    eventually(states, (all) => all.every((state) => ['succeeded', 'failed', 'cancelled'].includes(state)));

  /** Claims what is left, and waits until so many have ended and are out of the workers' hands. */
  async function settled(count: number): Promise<void> {
    await eventually(
      async () => {
        await Promise.all(workers.map((worker) => worker.claimOnce()));
        return {
          done: await queue.value<number>(
            'SELECT count(*)::int FROM executions WHERE finished_at IS NOT NULL',
          ),
          inHand: workers.flatMap((worker) => worker.inHand()).length,
        };
      },
      ({ done, inHand }) => done === count && inHand === 0,
    );
  }

  /** Runs until its signal stops it, and remembers why it did. */
  function stoppable(outcome: Outcome = SUCCEEDED) {
    const reasons: unknown[] = [];
    const work: Work = async (_, { signal }: ExecutionContext) => {
      await new Gate().pass(signal);
      reasons.push(signal.reason);
      return outcome;
    };
    return { work, reasons };
  }

  it('keeps what runs, for as long as it renews', async () => {
    const gate = new Gate();
    const { worker, keeper } = await workerThat(async () => (await gate.pass(), SUCCEEDED));
    await enqueue(2);
    await worker.claimOnce();
    await runOut();
    expect(await keeper.renewOnce()).toEqual({ held: 1, lost: 0 });
    expect(await queue.rescuer.rescueBatch()).toEqual({ requeued: 0, failed: 0, cancelled: 0 });
    gate.open();
    expect(await allEnded()).toEqual(['succeeded', 'succeeded']);
  });

  it('stops what was taken from it, and writes nothing about it', async () => {
    const { work, reasons } = stoppable();
    const { worker, keeper } = await workerThat(work);
    await enqueue(1);
    await worker.claimOnce();
    await runOut();
    await queue.rescuer.rescueBatch();
    expect(await keeper.renewOnce()).toEqual({ held: 0, lost: 1 });
    await eventually(
      () => worker.runningCount,
      (running) => running === 0,
    );
    expect(reasons).toEqual(['lease-lost']);
    expect(worker.inHand()).toEqual([]);
    await worker.drain(0);
    expect(await queue.rows('SELECT state, attempt FROM executions')).toEqual([
      { state: 'queued', attempt: 2 },
    ]);
  });

  it('may get the same execution again, and keeps both attempts apart', async () => {
    const first = new Gate();
    const second = new Gate();
    const stopped: number[] = [];
    const { worker } = await workerThat(
      async (_, { attempt, signal }) => {
        signal.addEventListener('abort', () => stopped.push(attempt));
        await (attempt === 1 ? first : second).pass();
        return { kind: 'succeeded', output: attempt };
      },
      { stopGraceMs: 60_000 },
    );
    await enqueue(1);
    await worker.claimOnce();
    await runOut();
    await queue.rescuer.rescueBatch();
    // It has not noticed yet that the first attempt is not its own any more.
    await worker.claimOnce();
    await eventually(
      () => worker.runningCount,
      (running) => running === 2,
    );
    expect(stopped).toEqual([1]);
    first.open();
    await eventually(
      () => worker.runningCount,
      (running) => running === 1,
    );
    expect(await states()).toEqual(['queued']);
    second.open();
    await allEnded();
    expect(await queue.rows('SELECT state, attempt, output FROM executions')).toEqual([
      { state: 'succeeded', attempt: 2, output: 2 },
    ]);
    expect(worker.inHand()).toEqual([]);
    expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
  });

  it('does not keep alive a claim whose answer never reached it', async () => {
    const gate = new Gate();
    const { worker, keeper } = await workerThat(async () => (await gate.pass(), SUCCEEDED));
    await enqueue(2);
    await claimed(queue, worker.owner, 1);
    await worker.claimOnce();
    await runOut();
    expect(await keeper.renewOnce()).toEqual({ held: 1, lost: 0 });
    expect(await queue.rescuer.rescueBatch()).toMatchObject({ requeued: 1 });
    gate.open();
  });

  it('records an attempt without its executor when that does not stop', async () => {
    const gate = new Gate();
    const { worker } = await workerThat(async () => (await gate.pass(), SUCCEEDED));
    const jobId = await insertJob(queue.sql, { timeoutSeconds: 1 });
    await queue.enqueuer().enqueue(manual(jobId));
    await worker.claimOnce();
    await allEnded();
    expect(await queue.rows('SELECT state, failure_kind FROM executions')).toEqual([
      { state: 'failed', failure_kind: 'timeout' },
    ]);
    gate.open();
  });

  describe('when it shuts down', () => {
    it('lets finish what does within the grace, and hands back what has not started', async () => {
      const gate = new Gate();
      const { worker } = await workerThat(
        async (_, { payload }) => (payload === 'slow' ? (await gate.pass(), SUCCEEDED) : SUCCEEDED),
        { concurrency: 1 },
      );
      await enqueue(200);
      await eventually(
        async () => (await worker.claimOnce(), worker.room()),
        (room) => room > 10,
      );
      await settled(200);
      const jobId = await insertJob(queue.sql);
      await queue.enqueuer().enqueueMany(Array.from({ length: 5 }, () => manual(jobId, { payload: 'slow' })));
      await worker.claimOnce();
      const drained = worker.drain(60_000);
      await eventually(
        () => queue.value<number>('SELECT count(*)::int FROM ready WHERE job_id = $1', [jobId]),
        (back) => back === 4,
      );
      gate.open();
      await drained;
      expect(
        await queue.rows(
          'SELECT state, attempt, count(*)::int AS n FROM executions WHERE job_id = $1 GROUP BY 1, 2 ORDER BY 1',
          [jobId],
        ),
      ).toEqual([
        { state: 'queued', attempt: 1, n: 4 },
        { state: 'succeeded', attempt: 1, n: 1 },
      ]);
      expect(await queue.value('SELECT count(*)::int FROM claims')).toBe(0);
    });

    it('stops what takes longer, and has it tried again as a further attempt', async () => {
      const { work, reasons } = stoppable({ kind: 'cancelled', reason: 'stopped' });
      const node: INestApplicationContext = await startNode(queue.url, { work });
      await enqueue(1);
      const { worker } = node.get(WorkerService, { strict: false });
      await eventually(
        () => worker.runningCount,
        (running) => running === 1,
      );
      await node.close();
      expect(reasons).toEqual(['shutdown']);
      expect(await queue.rows('SELECT attempt, state FROM executions')).toEqual([
        { attempt: 2, state: 'delayed' },
      ]);
      expect(await queue.rows('SELECT attempt, failure_kind FROM attempts')).toEqual([
        { attempt: 1, failure_kind: 'crash' },
      ]);
      expect((await claimed(queue, randomUUID())).executions).toMatchObject([{ attempt: 2 }]);
    });

    it('ends also while a claim waits for definitions that the database does not give', async () => {
      const { work, reasons } = stoppable({ kind: 'cancelled', reason: 'stopped' });
      const node: INestApplicationContext = await startNode(queue.url, { work });
      await enqueue(1);
      const { worker } = node.get(WorkerService, { strict: false });
      await eventually(
        () => worker.runningCount,
        (running) => running === 1,
      );
      const jobId = await insertJob(queue.sql);
      await queue.sql.query('ALTER TABLE job_versions RENAME TO job_versions_away');
      try {
        await queue.enqueuer().enqueue(manual(jobId));
        await eventually(
          () => worker.inHand().length,
          (inHand) => inHand === 2,
        );
        await node.close();
      } finally {
        await queue.sql.query('ALTER TABLE job_versions_away RENAME TO job_versions');
      }
      expect(reasons).toEqual(['shutdown']);
      expect(await queue.rows('SELECT state, attempt FROM executions ORDER BY id')).toEqual([
        { state: 'delayed', attempt: 2 },
        { state: 'queued', attempt: 1 },
      ]);
    });

    it('ends also when the database takes no results any more', async () => {
      const gate = new Gate();
      const { worker } = await workerThat(async () => (await gate.pass(), SUCCEEDED), { leaseSeconds: 1 });
      await enqueue(1);
      await worker.claimOnce();
      await queue.sql.query('ALTER TABLE claims RENAME TO claims_away');
      try {
        gate.open();
        await worker.drain(0);
      } finally {
        await queue.sql.query('ALTER TABLE claims_away RENAME TO claims');
      }
      await runOut();
      expect(await queue.rescuer.rescueBatch()).toMatchObject({ requeued: 1 });
    });
  });
});
