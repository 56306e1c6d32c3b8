import type { INestApplicationContext } from '@nestjs/common';
import type { Json, Outcome } from '../../src/domain/execution/outcome.js';
import { WorkerService } from '../../src/engine/worker/worker.service.js';
import type { ExecutionContext } from '../../src/executors/executor.js';
import { Canceller } from '../../src/modules/executions/canceller.js';
import { Enqueuer } from '../../src/modules/executions/enqueuer.js';
import { DatabaseClock } from '../../src/platform/clock/database-clock.js';
import { Gate, startNode, SUCCEEDED } from '../support/engine-node.js';
import { eventually } from '../support/eventually.js';
import { createQueue, manual, type Queue } from '../support/queue.js';
import { insertJob, type JobRow } from '../support/rows.js';

const CONCURRENCY = 4;

type Act = (context: ExecutionContext) => Promise<Outcome>;

const failing = (retryable: boolean, more: object = {}): Outcome => ({
  kind: 'failed',
  failureKind: 'error',
  error: { code: 'no', message: 'It said no.' },
  retryable,
  ...more,
});

describe('the worker', () => {
  let queue: Queue;
  let node: INestApplicationContext;
  const acts = new Map<string, Act>();

  beforeAll(async () => {
    queue = await createQueue();
    node = await startNode(queue.url, {
      work: (_, context) => acts.get(context.jobId)?.(context) ?? Promise.resolve(SUCCEEDED),
      settings: { workerConcurrency: CONCURRENCY },
    });
  });
  afterAll(async () => {
    await node.close();
    await queue.drop();
  });

  async function jobThat(act: Act, row: JobRow = {}): Promise<string> {
    const jobId = await insertJob(queue.sql, row);
    acts.set(jobId, act);
    return jobId;
  }

  const enqueue = (jobId: string, payload?: Json) =>
    node.get(Enqueuer, { strict: false }).enqueue(manual(jobId, { payload }));
  const enqueueElsewhere = (jobId: string) => queue.enqueuer().enqueue(manual(jobId));
  const read = async (id: string) =>
    (await queue.rows<Record<string, unknown>>('SELECT * FROM executions WHERE id = $1', [id]))[0] ?? {};
  const ended = (id: string) =>
    eventually(
      () => read(id),
      (row) => row.finished_at !== null,
    );
  const inState = (id: string, state: string) =>
    eventually(
      () => read(id),
      (row) => row.state === state,
    );

  it('gives the executor what it needs, and records what it answers', async () => {
    const contexts: ExecutionContext[] = [];
    const jobId = await jobThat(
      (context) => {
        contexts.push(context);
        return Promise.resolve({ kind: 'succeeded', output: { n: 1 }, trace: { ms: 4 } });
      },
      { name: 'the name', timeoutSeconds: 77 },
    );
    const id = await enqueue(jobId, { p: 1 });
    expect(await ended(id)).toMatchObject({ state: 'succeeded', output: { n: 1 }, trace: { ms: 4 } });
    const [context] = contexts;
    expect(context).toMatchObject({
      jobId,
      jobName: 'the name',
      executionId: id,
      attempt: 1,
      trigger: 'manual',
      scheduledFor: null,
      payload: { p: 1 },
      idempotencyKey: id,
    });
    const { started_at: startedAt } = await read(id);
    expect(context?.deadline.getTime()).toBe((startedAt as Date).getTime() + 77_000);
  });

  it('marks what runs for a while as running', async () => {
    const gate = new Gate();
    const id = await enqueue(await jobThat(async () => (await gate.pass(), SUCCEEDED)));
    expect(await inState(id, 'running')).toMatchObject({
      started_at: expect.any(Date) as Date,
      finished_at: null,
    });
    gate.open();
    expect(await ended(id)).toMatchObject({ state: 'succeeded' });
  });

  it('runs what another process has queued', async () => {
    const id = await enqueueElsewhere(await jobThat(() => Promise.resolve(SUCCEEDED)));
    expect(await ended(id)).toMatchObject({ state: 'succeeded' });
  });

  it('never runs more at once than it may', async () => {
    let running = 0;
    let most = 0;
    const jobId = await jobThat(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return SUCCEEDED;
    });
    const ids = await Promise.all([
      ...Array.from({ length: 60 }, () => enqueue(jobId)),
      ...Array.from({ length: 60 }, () => enqueueElsewhere(jobId)),
    ]);
    for (const id of ids) await ended(id);
    expect(most).toBe(CONCURRENCY);
  });

  it('stops an attempt whose time is over: failed/timeout', async () => {
    const jobId = await jobThat(
      async ({ signal }) => {
        await new Gate().pass(signal);
        return { kind: 'cancelled', reason: String(signal.reason) };
      },
      { timeoutSeconds: 1 },
    );
    expect(await ended(await enqueue(jobId))).toMatchObject({
      state: 'failed',
      failure_kind: 'timeout',
      error: { code: 'timeout', message: 'The attempt ran longer than 1 seconds.' },
    });
  });

  it('records no shorter time than it ran, though the clock is corrected meanwhile', async () => {
    const clock = node.get(DatabaseClock, { strict: false });
    let ranMs = 0;
    const jobId = await jobThat(async () => {
      const start = performance.now();
      Reflect.set(clock, 'offsetMs', (Reflect.get(clock, 'offsetMs') as number) - 2_000);
      await new Promise((resolve) => setTimeout(resolve, 30));
      ranMs = performance.now() - start;
      return SUCCEEDED;
    });
    const id = await enqueue(jobId);
    await ended(id);
    const [row] = await queue.rows<{ ms: number }>(
      `SELECT extract(epoch FROM finished_at - started_at)::float8 * 1000 AS ms FROM executions WHERE id = $1`,
      [id],
    );
    expect(row?.ms).toBeGreaterThanOrEqual(Math.floor(ranMs));
    await clock.measure();
  });

  it('keeps a success that came in spite of the time limit', async () => {
    const jobId = await jobThat(async ({ signal }) => (await new Gate().pass(signal), SUCCEEDED), {
      timeoutSeconds: 1,
    });
    expect(await ended(await enqueue(jobId))).toMatchObject({ state: 'succeeded' });
  });

  describe('cancels', () => {
    const untilStopped: Act = async ({ signal }) => (await new Gate().pass(signal), failing(true));

    it('what runs, and answers when it has stopped', async () => {
      const id = await enqueue(await jobThat(untilStopped, { retry: { maxAttempts: 5 } }));
      await inState(id, 'running');
      const view = await node.get(Canceller, { strict: false }).cancel(id, 'Enough.');
      expect(view).toMatchObject({ state: 'cancelled', cancelReason: 'Enough.', attempt: 1 });
      await expect(node.get(Canceller, { strict: false }).cancel(id, 'Again.')).rejects.toMatchObject({
        code: 'execution_finished',
      });
    });

    it('what runs, also when the notification was lost', async () => {
      const id = await enqueue(await jobThat(untilStopped));
      await inState(id, 'running');
      await queue.sql.query('UPDATE executions SET cancel_requested_at = now() WHERE id = $1', [id]);
      expect(await ended(id)).toMatchObject({ state: 'cancelled' });
    });

    it('what waits to be tried again, at once', async () => {
      const retry = { maxAttempts: 2, delaySeconds: 3_600 };
      const id = await enqueue(await jobThat(() => Promise.resolve(failing(true)), { retry }));
      await inState(id, 'delayed');
      expect(await node.get(Canceller, { strict: false }).cancel(id, 'Enough.')).toMatchObject({
        state: 'cancelled',
      });
      expect(await queue.value('SELECT count(*)::int FROM ready WHERE execution_id = $1', [id])).toBe(0);
    });
  });

  describe('tries again', () => {
    it('as often and after such pauses as the job says, and then gives up', async () => {
      const starts: number[] = [];
      const jobId = await jobThat(
        ({ attempt }) => {
          starts[attempt] = performance.now();
          return Promise.resolve(failing(true));
        },
        { retry: { maxAttempts: 3, strategy: 'custom', delaysSeconds: [0.2, 0.4] } },
      );
      const id = await enqueue(jobId);
      expect(await ended(id)).toMatchObject({ state: 'failed', failure_kind: 'error', attempt: 3 });
      const [, first = 0, second = 0, third = 0] = starts;
      expect(second - first).toBeGreaterThanOrEqual(199);
      expect(third - second).toBeGreaterThanOrEqual(399);
      const attempts = await queue.rows(
        'SELECT attempt, outcome FROM attempts WHERE execution_id = $1 ORDER BY 1',
        [id],
      );
      expect(attempts).toEqual([1, 2, 3].map((attempt) => ({ attempt, outcome: 'failed' })));
    });

    it('no earlier than the other side asked for', async () => {
      const jobId = await jobThat(() => Promise.resolve(failing(true, { retryAfterMs: 3_600_000 })), {
        retry: { maxAttempts: 2, delaySeconds: 1 },
      });
      const id = await enqueue(jobId);
      await inState(id, 'delayed');
      const delay = await queue.value<number>(
        'SELECT extract(epoch FROM available_at - now())::float8 FROM executions WHERE id = $1',
        [id],
      );
      expect(delay).toBeGreaterThan(3_500);
    });

    it('until it succeeds', async () => {
      const jobId = await jobThat(({ attempt }) => Promise.resolve(attempt < 3 ? failing(true) : SUCCEEDED), {
        retry: { maxAttempts: 5, strategy: 'exponential', delaySeconds: 0.01 },
      });
      expect(await ended(await enqueue(jobId))).toMatchObject({ state: 'succeeded', attempt: 3 });
    });

    it('not when that cannot help', async () => {
      const jobId = await jobThat(() => Promise.resolve(failing(false)), { retry: { maxAttempts: 5 } });
      expect(await ended(await enqueue(jobId))).toMatchObject({ state: 'failed', attempt: 1 });
    });
  });

  describe('records as failed/system', () => {
    const cycle: Record<string, unknown> = {};
    cycle.socket = cycle;
    const faults: [string, string, Act][] = [
      ['a throw', 'executor_error', () => Promise.reject(new Error('a bug'))],
      [
        'a synchronous throw',
        'executor_error',
        () => {
          throw new Error('a bug');
        },
      ],
      ['no answer', 'executor_error', () => Promise.resolve(undefined as unknown as Outcome)],
      [
        'an output that is no JSON',
        'result_not_storable',
        () => Promise.resolve({ kind: 'succeeded', output: cycle as unknown as Json }),
      ],
      [
        'an output that PostgreSQL cannot keep',
        'result_not_storable',
        () =>
          Promise.resolve({
            kind: 'succeeded',
            output: JSON.parse('['.repeat(9_000) + ']'.repeat(9_000)) as Json,
          }),
      ],
    ];
    it.each(faults)('%s', async (_, code, act) => {
      const id = await enqueue(await jobThat(act, { retry: { maxAttempts: 3 } }));
      expect(await ended(id)).toMatchObject({ state: 'failed', failure_kind: 'system', error: { code } });
    });

    it('a type that no executor runs', async () => {
      const jobId = await insertJob(queue.sql);
      await queue.sql.query(
        `UPDATE job_versions SET definition = definition || '{"type":"agent-goal"}' WHERE job_id = $1`,
        [jobId],
      );
      expect(await ended(await enqueue(jobId))).toMatchObject({
        failure_kind: 'system',
        error: { code: 'executor_missing' },
      });
    });

    it('only what is to blame: its neighbours in the batch are recorded as they ended', async () => {
      const gate = new Gate();
      const bad = await jobThat(
        async () => (await gate.pass(), { kind: 'succeeded', output: cycle as unknown as Json }),
      );
      const good = await jobThat(async () => (await gate.pass(), SUCCEEDED));
      const ids = await Promise.all([enqueue(good), enqueue(bad), enqueue(good)]);
      await eventually(
        () => node.get(WorkerService, { strict: false }).worker.runningCount,
        (running) => running === 3,
      );
      gate.open();
      const states = await Promise.all(ids.map(async (id) => (await ended(id)).state));
      expect(states).toEqual(['succeeded', 'failed', 'succeeded']);
    });
  });

  it('cancels what is queued of a job that was erased', async () => {
    const jobId = await insertJob(queue.sql);
    await queue.sql.query('DELETE FROM job_versions WHERE job_id = $1', [jobId]);
    expect(await ended(await enqueue(jobId))).toMatchObject({
      state: 'cancelled',
      error: { code: 'cancelled', message: 'The job was deleted.' },
    });
  });

  it('runs each execution by the definition it was made from', async () => {
    const jobId = await jobThat(({ jobName }) => Promise.resolve({ kind: 'succeeded', output: jobName }), {
      name: 'old',
    });
    const startAt = new Date(Date.now() + 500);
    const early = await queue.enqueuer().enqueue(manual(jobId, { startAt }));
    await queue.sql.query('UPDATE jobs SET version = 2 WHERE id = $1', [jobId]);
    await queue.sql.query(
      `INSERT INTO job_versions SELECT job_id, 2, definition || '{"name":"new"}' FROM job_versions WHERE job_id = $1`,
      [jobId],
    );
    expect(await ended(await enqueue(jobId))).toMatchObject({ output: 'new' });
    expect(await ended(early)).toMatchObject({ output: 'old' });
  });
});
