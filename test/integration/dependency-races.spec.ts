import { v7 as uuidv7 } from 'uuid';
import type { EndedExecution } from '../../src/modules/executions/ended-execution.js';
import { CANCEL_UNCLAIMED } from '../../src/platform/database/sql/cancel.sql.js';
import { claimed, createQueue, FAILED, manual, type Queue, resultOf } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

const ROUNDS = 40;

let queue: Queue;

beforeAll(async () => {
  queue = await createQueue();
});
afterAll(() => queue.drop());

/** A job that waits for the success of another. @returns both ids */
async function pair(upstream?: string): Promise<{ upstream: string; dependent: string }> {
  const first = upstream ?? (await insertJob(queue.sql));
  const dependent = await insertJob(queue.sql);
  await queue.sql.query(`UPDATE jobs SET dependency_mode = 'all', flow_controlled = true WHERE id = $1`, [
    dependent,
  ]);
  await queue.sql.query(
    `INSERT INTO job_dependencies (id, job_id, depends_on_job_id, condition) VALUES ($1, $2, $3, 'succeeded')`,
    [uuidv7(), dependent, first],
  );
  await queue.database.transaction((runner) => queue.prerequisites.add(runner, [first]));
  return { upstream: first, dependent };
}

const states = (jobIds: readonly string[]) =>
  queue.rows<{ state: string; waits: boolean; ready: boolean }>(
    `SELECT state, EXISTS (SELECT FROM waiting_executions w WHERE w.execution_id = e.id) AS waits,
            EXISTS (SELECT FROM ready r WHERE r.execution_id = e.id) AS ready
     FROM executions e WHERE job_id = ANY ($1::uuid[])`,
    [jobIds],
  );

describe('an execution that is created while its prerequisite ends', () => {
  it.each([
    ['succeeds', {}, { state: 'queued', waits: false, ready: true }],
    ['fails', FAILED, { state: 'cancelled', waits: false, ready: false }],
  ])('is never left waiting: it %s', async (_how, outcome, expected) => {
    const owner = uuidv7();
    await queue.sql.query('DELETE FROM ready');
    const pairs = await Promise.all(Array.from({ length: ROUNDS }, () => pair()));
    await queue.enqueuer().enqueueMany(pairs.map(({ upstream }) => manual(upstream)));
    const claim = await claimed(queue, owner, ROUNDS);
    expect(claim.executions).toHaveLength(ROUNDS);
    const dependentOf = new Map(pairs.map(({ upstream, dependent }) => [upstream, dependent]));
    const enqueuer = queue.enqueuer();
    await Promise.all(
      claim.executions.map(async ({ jobId }, index) => {
        const dependent = manual(dependentOf.get(jobId) ?? '');
        await Promise.all([
          queue.settlement.settle(owner, [resultOf(claim, index, outcome)]),
          enqueuer.enqueueMany([dependent]),
        ]);
      }),
    );
    const found = await states(pairs.map(({ dependent }) => dependent));
    expect(found).toHaveLength(ROUNDS);
    expect(found.filter((row) => row.state !== expected.state)).toEqual([]);
    expect(found).toEqual(found.map(() => expected));
    const slots = await queue.value<number>(
      'SELECT coalesce(sum(active), 0)::integer FROM flow_slots WHERE job_id = ANY ($1::uuid[])',
      [pairs.map(({ dependent }) => dependent)],
    );
    expect(slots).toBe(expected.ready ? ROUNDS : 0);
  });
});

describe('many dependents of one prerequisite', () => {
  it('are all released in the transaction of its end', async () => {
    const owner = uuidv7();
    const upstream = await insertJob(queue.sql);
    const dependents: string[] = [];
    for (let n = 0; n < 20; n++) dependents.push((await pair(upstream)).dependent);
    await queue.sql.query('DELETE FROM ready');
    await queue.enqueuer().enqueueMany([manual(upstream)]);
    const claim = await claimed(queue, owner);
    await queue.enqueuer().enqueueMany(dependents.map((id) => manual(id)));
    expect(await states(dependents)).toEqual(
      dependents.map(() => ({ state: 'waiting', waits: true, ready: false })),
    );
    await queue.settlement.settle(owner, [resultOf(claim, 0)]);
    expect(await states(dependents)).toEqual(
      dependents.map(() => ({ state: 'queued', waits: false, ready: true })),
    );
  });
});

describe('what the record knows and the queue has missed', () => {
  it('is mended', async () => {
    const owner = uuidv7();
    await queue.sql.query('DELETE FROM ready');
    const { upstream, dependent } = await pair();
    await queue.enqueuer().enqueueMany([manual(upstream)]);
    const claim = await claimed(queue, owner);
    await queue.enqueuer().enqueueMany([manual(dependent)]);
    // As a settlement that began before the job became a prerequisite.
    await queue.sql.query('UPDATE job_runtime SET followed = false WHERE job_id = $1', [upstream]);
    await queue.settlement.settle(owner, [resultOf(claim, 0, { followed: false })]);
    expect(await states([dependent])).toMatchObject([{ state: 'waiting' }]);
    await queue.prerequisites.mend();
    expect(await states([dependent])).toEqual([{ state: 'queued', waits: false, ready: true }]);
  });
});

describe('cancelling what waits while its prerequisite ends', () => {
  it('has one winner: cancelled, or queued and then cancelled by the next request', async () => {
    const owner = uuidv7();
    await queue.sql.query('DELETE FROM ready');
    const pairs = await Promise.all(Array.from({ length: ROUNDS }, () => pair()));
    await queue.enqueuer().enqueueMany(pairs.map(({ upstream }) => manual(upstream)));
    const claim = await claimed(queue, owner, ROUNDS);
    const waiting = await queue.enqueuer().enqueueMany(pairs.map(({ dependent }) => manual(dependent)));
    const ids = waiting.filter((id) => id !== null);
    const cancel = () =>
      queue.database.transaction(async (runner) => {
        const ended = await runner.rows<EndedExecution>(CANCEL_UNCLAIMED, [ids, 'Enough.']);
        await queue.consequences.apply(runner, ended);
      });
    await Promise.all([
      ...claim.executions.map((_, index) => queue.settlement.settle(owner, [resultOf(claim, index)])),
      cancel(),
    ]);
    await cancel();
    const found = await states(pairs.map(({ dependent }) => dependent));
    expect(found).toEqual(found.map(() => ({ state: 'cancelled', waits: false, ready: false })));
  });
});
