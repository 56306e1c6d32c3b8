import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { HandOver } from '../../src/modules/executions/hand-over.js';
import { LowWaterMarks } from '../../src/modules/executions/low-water-marks.js';
import { claimed, createQueue, LEASE_SECONDS, manual, resultOf, type Queue } from '../support/queue.js';
import { Room } from '../support/room.js';
import { insertJob } from '../support/rows.js';

describe('executions that are born claimed', () => {
  let queue: Queue;

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held CASCADE');
  });

  function attached(room: Room) {
    const handOver = new HandOver();
    handOver.attach(room);
    return queue.enqueuer(handOver);
  }

  it('go to the worker that has room, under a lease of its own', async () => {
    const jobId = await insertJob(queue.sql, { retry: { maxAttempts: 2 } });
    const room = new Room(5);
    const id = await attached(room).enqueue(manual(jobId, { payload: { n: 1 } }));
    const [claim] = room.accepted;
    expect(claim?.executions).toMatchObject([
      {
        executionId: id,
        jobId,
        jobVersion: 1,
        attempt: 1,
        maxAttempts: 2,
        payload: { n: 1 },
        followed: false,
      },
    ]);
    expect(room.reserved).toBe(0);
    expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
    expect(await queue.rows('SELECT * FROM claims')).toMatchObject([
      { claim_id: claim?.claimId, owner: room.owner, ids: [id], attempts: [1], remaining: 1 },
    ]);
    if (!claim) throw new Error('unreachable');
    expect(await queue.settlement.settle(room.owner, [resultOf(claim, 0)])).toEqual(new Set([id]));
  });

  it('go through the queue when there is no room, when they must wait, or are no plain ones', async () => {
    const jobId = await insertJob(queue.sql);
    const room = new Room(1);
    const enqueuer = attached(room);
    await Promise.all([enqueuer.enqueue(manual(jobId)), enqueuer.enqueue(manual(jobId))]);
    await enqueuer.enqueue(manual(jobId, { startAt: new Date(Date.now() + 60_000) }));
    await enqueuer.enqueue(manual(jobId, { priority: 4 }));
    expect(room.accepted).toEqual([]);
    expect(room.reserved).toBe(0);
    expect(room.wakes).toBeGreaterThan(0);
    expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(4);
  });

  it('leave out what belongs to flow control, and reject unknown jobs', async () => {
    const plain = await insertJob(queue.sql);
    const limited = await insertJob(queue.sql, { maxConcurrency: 1 });
    const room = new Room(10);
    const enqueuer = attached(room);
    const [id, controlled, unknown] = await Promise.allSettled(
      [plain, limited, uuidv7()].map((jobId) => enqueuer.enqueue(manual(jobId))),
    );
    expect(id?.status).toBe('fulfilled');
    expect(controlled?.status).toBe('fulfilled');
    expect(unknown).toMatchObject({ reason: { code: 'job_not_found' } });
    expect(room.accepted.flatMap((claim) => claim.executions)).toMatchObject([{ jobId: plain }]);
    expect(room.reserved).toBe(0);
    const { executions } = await claimed(queue, room.owner);
    expect(executions).toMatchObject([{ jobId: limited, followed: true }]);
  });

  it('give the room back when the statement fails', async () => {
    const jobId = await insertJob(queue.sql);
    const room = new Room(10);
    const enqueuer = attached(room);
    const answers = await Promise.allSettled([
      enqueuer.enqueue(manual(jobId)),
      enqueuer.enqueue(manual('no-uuid')),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected']);
    expect(room.reserved).toBe(0);
    expect(room.accepted.flatMap((claim) => claim.executions)).toHaveLength(1);
    expect(await queue.value('SELECT sum(remaining)::int FROM claims')).toBe(1);
  });
});

describe('low-water marks over the real queue', () => {
  let queue: Queue;

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());

  /** What a claimer takes at an instant of its own clock, which decides when it looks from the beginning. */
  function claimer() {
    let nowMs = 10_000;
    const marks = new LowWaterMarks(() => nowMs);
    const owner = randomUUID();
    return {
      later: (ms: number) => (nowMs += ms),
      claim: async () => {
        const claim = await queue.claims.claim(owner, 100, LEASE_SECONDS, marks);
        return (claim?.executions ?? []).map((execution) => execution.executionId);
      },
    };
  }

  async function readySince(jobId: string, secondsAgo: number, priority: number): Promise<string> {
    const [id] = await queue.enqueuer().enqueueMany([manual(jobId, { priority })]);
    await queue.sql.query(
      'UPDATE ready SET available_at = now() - make_interval(secs => $2) WHERE execution_id = $1',
      [id, secondsAgo],
    );
    if (!id) throw new Error('unreachable');
    return id;
  }

  it('finds what committed late by looking from the beginning, and hides no other priority', async () => {
    const jobId = await insertJob(queue.sql);
    const { claim, later } = claimer();
    expect(await claim()).toEqual([]);
    const fresh = await readySince(jobId, 0, 5);
    expect(await claim()).toEqual([fresh]);
    const late = await readySince(jobId, 60, 5);
    const other = await readySince(jobId, 60, 0);
    // The mark of priority 5 hides the late one for now; the one of priority 0 has no mark yet.
    expect(await claim()).toEqual([other]);
    later(1_999);
    expect(await claim()).toEqual([]);
    later(1);
    expect(await claim()).toEqual([late]);
  });

  it('goes back with a clock that was set back', async () => {
    const jobId = await insertJob(queue.sql);
    const { claim, later } = claimer();
    await readySince(jobId, 0, 0);
    await claim();
    // As if the database's clock had been an hour ahead until now.
    const first = await readySince(jobId, 3_600, 0);
    expect(await claim()).toEqual([]);
    later(2_000);
    expect(await claim()).toEqual([first]);
    const second = await readySince(jobId, 3_599, 0);
    expect(await claim()).toEqual([second]);
  });
});
