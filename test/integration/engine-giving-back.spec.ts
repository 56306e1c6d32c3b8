import { randomUUID } from 'node:crypto';
import type { Worker } from '../../src/engine/worker/worker.js';
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
});

/** Remembers what it was asked to take back. */
class CountingQueue extends ClaimQueue {
  readonly asked: (readonly HeldExecution[])[] = [];

  override release(owner: string, held: readonly HeldExecution[]): Promise<number> {
    this.asked.push(held);
    return super.release(owner, held);
  }
}
