import { randomUUID } from 'node:crypto';
import type { Worker, WorkerServices } from '../../src/engine/worker/worker.js';
import type { HeldExecution } from '../../src/modules/executions/claimed-execution.js';
import { ClaimQueue } from '../../src/modules/executions/claim-queue.js';
import { Gate, SUCCEEDED } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { loneWorker } from '../support/lone-worker.js';
import { claimed, createQueue, manual, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('a worker gives back', () => {
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

  /** A worker that runs one execution until the gate opens, and has the others of the claim in its buffer. */
  async function hoarding(gate: Gate, claims = queue.claims, executions = 10) {
    const { worker, keeper } = await loneWorker(queue, async () => (await gate.pass(), SUCCEEDED), {
      concurrency: 1,
      services: { queue: claims },
    });
    workers.push(worker);
    const jobId = await insertJob(queue.sql);
    await queue.enqueuer().enqueueMany(Array.from({ length: executions }, () => manual(jobId)));
    worker.accept(await claimed(queue, worker.owner, executions), 0);
    await eventually(
      () => worker.runningCount,
      (running) => running === 1,
    );
    return { worker, keeper, buffered: executions - 1 };
  }

  it('what it cannot start, when others might', async () => {
    const gate = new Gate();
    const { worker, keeper, buffered } = await hoarding(gate);
    await eventually(
      () => keeper.releaseHoardOnce(),
      ({ released }) => released === buffered,
    );
    expect(worker.inHand()).toHaveLength(1);
    expect((await claimed(queue, randomUUID())).executions).toHaveLength(buffered);
    gate.open();
  });

  it('everything once, though a hold and the loop ask at the same time', async () => {
    const gate = new Gate();
    const claims = new CountingQueue(queue.database);
    const { keeper, buffered } = await hoarding(gate, claims);
    const counts = await Promise.all([keeper.releaseHoardOnce(0), keeper.releaseHoardOnce(0)]);
    expect(counts).toEqual([{ released: buffered }, { released: buffered }]);
    expect(claims.asked).toHaveLength(1);
    expect(await keeper.releaseHoardOnce(0)).toEqual({ released: 0 });
    gate.open();
  });

  describe('what it may not start any more since the execution window has closed', () => {
    type Postpone = WorkerServices['flow']['postpone'];

    /** A worker that claims so many executions of a job whose window has closed since they were admitted. */
    async function lateFor(count: number, postpone: Postpone = (...of) => queue.flow.postpone(...of)) {
      const batches: string[][] = [];
      const flow = {
        postpone: (owner: string, held: readonly HeldExecution[]) => {
          batches.push(held.map(({ executionId }) => executionId));
          return postpone(owner, held);
        },
      };
      const { worker } = await loneWorker(queue, () => Promise.reject(new Error('It must not start.')), {
        services: { flow },
      });
      workers.push(worker);
      const jobId = await insertJob(queue.sql, { flow: { executionWindow: '* * * * *' } });
      await queue.enqueuer().enqueueMany(Array.from({ length: count }, () => manual(jobId)));
      const late = JSON.stringify({ flow: { startBefore: new Date(Date.now() - 1).toISOString() } });
      await queue.sql.query('UPDATE ready SET options = $1', [late]);
      const elsewhen = new Date(Date.now() + 30 * 60_000).getUTCMinutes();
      await queue.sql.query(`UPDATE jobs SET flow_rules = jsonb_set(flow_rules, '{executionWindow}', $1)`, [
        JSON.stringify(`${elsewhen} * * * *`),
      ]);
      worker.accept(await claimed(queue, worker.owner, count), 0);
      return { worker, batches };
    }

    const outOf = (worker: Worker) =>
      eventually(
        () => worker.inHand().length,
        (inHand) => inHand === 0,
      );
    const count = (table: string) => queue.value<number>(`SELECT count(*)::int FROM ${table}`);

    it('all of it in one transaction, and no attempt counts', async () => {
      const { worker, batches } = await lateFor(50);
      await outOf(worker);
      expect(batches.map((batch) => batch.length)).toEqual([50]);
      expect(
        await queue.rows(
          'SELECT DISTINCT state, attempt, started_at FROM executions JOIN held ON execution_id = id',
        ),
      ).toEqual([{ state: 'delayed', attempt: 1, started_at: null }]);
      expect([await count('claims'), await count('held')]).toEqual([0, 50]);
      expect(await queue.flow.mend()).toEqual([]);
    });

    it('also when the database is away at first; a shutdown waits for that', async () => {
      const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      let tries = 0;
      const { worker } = await lateFor(3, async (...of) => {
        if (++tries === 1) throw away;
        await queue.flow.postpone(...of);
      });
      await eventually(
        () => tries,
        (tried) => tried > 0,
      );
      await worker.drain(0);
      expect(worker.inHand()).toEqual([]);
      expect([await count('claims'), await count('held')]).toEqual([0, 3]);
    });

    it('but for one that cannot be: that is left to be rescued, and holds up none of the others', async () => {
      let bad: string | undefined;
      const { worker } = await lateFor(3, async (owner, held) => {
        bad ??= held[0]?.executionId;
        if (held.some(({ executionId }) => executionId === bad)) throw new Error('No.');
        await queue.flow.postpone(owner, held);
      });
      await outOf(worker);
      expect(await count('held')).toBe(2);
      expect(await queue.rows('SELECT ids FROM claims')).toEqual([{ ids: [bad] }]);
    });
  });
});

/** Remembers what it was asked to take back. */
class CountingQueue extends ClaimQueue {
  readonly asked: (readonly HeldExecution[])[] = [];

  override release(owner: string, held: readonly HeldExecution[]): Promise<number> {
    this.asked.push(held);
    return super.release(owner, held);
  }
}
