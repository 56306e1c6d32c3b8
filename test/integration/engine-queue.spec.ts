import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { ExecutionLogs } from '../../src/modules/executions/execution-logs.js';
import { LowWaterMarks } from '../../src/modules/executions/low-water-marks.js';
import { Listener } from '../../src/platform/database/listener.js';
import { eventually } from '../support/eventually.js';
import { claimed, createQueue, LEASE_SECONDS, manual, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('the queue', () => {
  let queue: Queue;

  beforeAll(async () => {
    queue = await createQueue();
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query('TRUNCATE ready, claims, executions, held CASCADE');
  });

  describe('enqueueing', () => {
    it('records an execution and makes it ready, in one commit', async () => {
      const jobId = await insertJob(queue.sql, { priority: 3, retry: { maxAttempts: 4 } });
      const id = await queue.enqueuer().enqueue(manual(jobId, { payload: { a: [1, 'x'] } }));
      const [execution] = await queue.rows('SELECT * FROM executions');
      expect(execution).toMatchObject({
        id,
        job_id: jobId,
        state: 'queued',
        trigger: 'manual',
        attempt: 1,
        max_attempts: 4,
        priority: 3,
        payload: { a: [1, 'x'] },
        created_by: 'test',
      });
      expect(await queue.rows('SELECT * FROM ready')).toMatchObject([
        { execution_id: id, priority: 3, attempt: 1, max_attempts: 4, payload: { a: [1, 'x'] } },
      ]);
    });

    it('lets single requests of one turn share a statement, and answers each its own id', async () => {
      const jobId = await insertJob(queue.sql);
      const enqueuer = queue.enqueuer();
      const ids = await Promise.all(
        Array.from({ length: 200 }, (_, n) => enqueuer.enqueue(manual(jobId, { payload: n }))),
      );
      const rows = await queue.rows<{ id: string; payload: number; xmin: string }>(
        'SELECT id, payload, xmin::text FROM executions',
      );
      expect(new Map(rows.map((row) => [row.payload, row.id]))).toEqual(new Map(ids.entries()));
      expect(new Set(rows.map((row) => row.xmin)).size).toBeLessThan(10);
    });

    it('rejects only those whose job does not exist or is deleted', async () => {
      const jobId = await insertJob(queue.sql);
      const deleted = await insertJob(queue.sql);
      await queue.sql.query('UPDATE jobs SET deleted_at = now() WHERE id = $1', [deleted]);
      const enqueuer = queue.enqueuer();
      const answers = await Promise.allSettled(
        [jobId, uuidv7(), deleted].map((id) => enqueuer.enqueue(manual(id))),
      );
      expect(answers).toMatchObject([
        { status: 'fulfilled' },
        { status: 'rejected', reason: { code: 'job_not_found' } },
        { status: 'rejected', reason: { code: 'job_not_found' } },
      ]);
      const many = await enqueuer.enqueueMany([manual(uuidv7()), manual(jobId)]);
      expect(many).toEqual([null, expect.any(String)]);
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(2);
    });

    it('does not let a request that the database refuses fail its neighbours', async () => {
      const jobId = await insertJob(queue.sql);
      const enqueuer = queue.enqueuer();
      const answers = await Promise.allSettled([
        enqueuer.enqueue(manual(jobId)),
        enqueuer.enqueue(manual('no-uuid')),
        enqueuer.enqueue(manual(jobId, { retryParentId: 'no-uuid' })),
        enqueuer.enqueue(manual(jobId)),
      ]);
      expect(answers.map((answer) => answer.status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
      expect(await queue.value('SELECT count(*)::int FROM executions')).toBe(2);
    });

    it('stores NUL characters and lone surrogates as replacement characters', async () => {
      const jobId = await insertJob(queue.sql);
      const enqueuer = queue.enqueuer();
      const payload = { ['k\u0000']: 'a\u0000b', list: ['\ud800', 'x\udfffy'], emoji: '😀', text: '\\u0000' };
      await Promise.all([
        enqueuer.enqueue(manual(jobId, { payload })),
        enqueuer.enqueueMany([manual(jobId)]),
      ]);
      const { executions } = await claimed(queue, randomUUID());
      expect(executions.map((execution) => execution.payload)).toContainEqual({
        ['k\uFFFD']: 'a\uFFFDb',
        list: ['\uFFFD', 'x\uFFFDy'],
        emoji: '😀',
        text: '\\u0000',
      });
    });

    it('keeps what an execution overrides or carries', async () => {
      const jobId = await insertJob(queue.sql, { priority: 1 });
      const step = uuidv7();
      const request = manual(jobId, { priority: 9, maxAttempts: 7, options: { n: 1 }, workflowStepId: step });
      await queue.enqueuer().enqueue(request);
      expect(await queue.rows('SELECT * FROM executions')).toMatchObject([
        { priority: 9, max_attempts: 7, options: { n: 1 }, workflow_step_id: step },
      ]);
      const { executions } = await claimed(queue, randomUUID());
      expect(executions).toMatchObject([{ maxAttempts: 7, options: { n: 1 }, followed: true }]);
    });

    it('wakes workers on other connections, also those after the first of a burst', async () => {
      const jobId = await insertJob(queue.sql);
      const listener = new Listener(queue.url);
      await listener.start();
      try {
        let woken = 0;
        listener.on('carillon_ready', () => woken++);
        await eventually(
          () => queue.value<number>("SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"),
          (count) => count > 0,
        );
        const enqueuer = queue.enqueuer();
        for (let round = 1; round <= 20; round++) {
          const before = woken;
          await enqueuer.enqueue(manual(jobId));
          // Each commit is followed by a notification, however close the one before.
          await eventually(
            () => woken,
            (now) => now > before,
          );
        }
      } finally {
        await listener.close();
      }
    });
  });

  describe('claiming', () => {
    it('serves the best priority first, then the oldest', async () => {
      const enqueuer = queue.enqueuer();
      const order: string[] = [];
      for (const priority of [0, 10, 5, 10, 0]) {
        const jobId = await insertJob(queue.sql, { priority });
        order.push(await enqueuer.enqueue(manual(jobId)));
      }
      const expected = [1, 3, 2, 0, 4].map((place) => order[place]);
      const owner = randomUUID();
      const first = await claimed(queue, owner, 3);
      const second = await claimed(queue, owner, 3);
      const ids = [...first.executions, ...second.executions].map((execution) => execution.executionId);
      expect(ids).toEqual(expected);
    });

    it('does not claim before the time has come, and says how long that is', async () => {
      const jobId = await insertJob(queue.sql, { priority: 10 });
      const startAt = new Date(Date.now() + 3_600_000);
      const id = await queue.enqueuer().enqueue(manual(jobId, { startAt }));
      expect(await queue.rows('SELECT state FROM executions')).toEqual([{ state: 'delayed' }]);
      const marks = new LowWaterMarks();
      expect(await queue.claims.claim(randomUUID(), 10, LEASE_SECONDS, marks)).toBeNull();
      const seconds = await queue.claims.secondsToNextDue(marks);
      expect(seconds).toBeGreaterThan(3_500);
      expect(seconds).toBeLessThan(3_700);
      await queue.sql.query(`UPDATE ready SET available_at = now() - interval '1 ms'`);
      expect((await claimed(queue, randomUUID())).executions).toMatchObject([{ executionId: id }]);
    });

    it('tells that something became due after the claim had looked', async () => {
      const jobId = await insertJob(queue.sql);
      const marks = new LowWaterMarks();
      expect(await queue.claims.claim(randomUUID(), 10, LEASE_SECONDS, marks)).toBeNull();
      await queue.enqueuer().enqueue(manual(jobId));
      const seconds = await queue.claims.secondsToNextDue(marks);
      expect(seconds).not.toBeNull();
      expect(seconds).toBeLessThanOrEqual(0);
    });

    it('writes one lease row a batch', async () => {
      const jobId = await insertJob(queue.sql);
      const ids = await queue.enqueuer().enqueueMany([manual(jobId), manual(jobId)]);
      const owner = randomUUID();
      const { claimId } = await claimed(queue, owner);
      const rows = await queue.rows<{ ids: string[] }>(
        'SELECT *, extract(epoch FROM lease_until - now())::float8 AS left FROM claims',
      );
      expect(rows).toMatchObject([{ claim_id: claimId, owner, attempts: [1, 1], remaining: 2 }]);
      expect(new Set(rows[0]?.ids)).toEqual(new Set(ids));
      expect(await queue.value('SELECT count(*)::int FROM ready')).toBe(0);
    });

    it('never gives one execution to two of many claimers', async () => {
      const jobs = await Promise.all([0, 5, 10].map((priority) => insertJob(queue.sql, { priority })));
      const requests = Array.from({ length: 3_000 }, (_, n) => manual(jobs[n % 3] ?? ''));
      await queue.enqueuer().enqueueMany(requests);
      const taken: string[] = [];
      const claimer = async () => {
        const marks = new LowWaterMarks();
        const owner = randomUUID();
        for (;;) {
          const claim = await queue.claims.claim(owner, 37, LEASE_SECONDS, marks);
          if (!claim) return;
          taken.push(...claim.executions.map((execution) => execution.executionId));
        }
      };
      await Promise.all(Array.from({ length: 10 }, claimer));
      // What was locked by another claimer just then is passed over: somebody takes the rest.
      await claimer();
      expect(taken).toHaveLength(3_000);
      expect(new Set(taken).size).toBe(3_000);
      expect(await queue.value('SELECT sum(remaining)::int FROM claims')).toBe(3_000);
    });
  });

  it('keeps every line of a log that several write at once', async () => {
    const [id = ''] = await queue.enqueuer().enqueueMany([manual(await insertJob(queue.sql))]);
    const logs = new ExecutionLogs(queue.database);
    const line = (message: string) =>
      ({ executionId: id ?? '', attempt: 1, at: new Date(), level: 'info', message }) as const;
    for (let round = 0; round < 20; round++) {
      const writers = ['worker', 'endpoint', 'another'].map((name) => `${name} ${round}`);
      await Promise.all(writers.map((name) => logs.add([line(`${name}, first`), line(`${name}, second`)])));
    }
    const lines = await logs.after(id ?? '', 0, 1_000);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, place) => place + 1));
    expect(new Set(lines.map(({ message }) => message)).size).toBe(120);
  });
});
