import { randomUUID } from 'node:crypto';
import type { Claim } from '../../src/modules/executions/claimed-execution.js';
import { flowMarksOf } from '../../src/domain/execution/flow-marks.js';
import { storedOptions } from '../../src/domain/execution/run-options.js';
import { LowWaterMarks } from '../../src/modules/executions/low-water-marks.js';
import { claimed, createQueue, FAILED, manual, resultOf, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

/** Rules beside a limit at once: by key, by rate, by window. No loop runs: the tests claim, settle and let time pass. */
describe('rules of flow', () => {
  let queue: Queue;
  const owner = randomUUID();

  beforeAll(async () => {
    queue = await createQueue(24);
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query(
      'TRUNCATE ready, claims, executions, held, attempts, flow_slots, flow_counters, flow_starts CASCADE',
    );
  });

  const withKey = (jobId: string, concurrencyKey: string, more = {}) =>
    manual(jobId, { options: storedOptions({ concurrencyKey }), ...more });

  async function enqueue(requests: Parameters<ReturnType<Queue['enqueuer']>['enqueueMany']>[0]) {
    const ids = await queue.enqueuer().enqueueMany(requests);
    return ids.filter((id) => id !== null);
  }

  /** What can be claimed; nothing: an empty list. */
  async function claim(limit = 100): Promise<Claim> {
    const found = await queue.claims.claim(owner, limit, 30, new LowWaterMarks());
    return found ?? { claimId: randomUUID(), executions: [] };
  }

  const idsOf = ({ executions }: Claim) => executions.map(({ executionId }) => executionId).sort();
  const settle = (from: Claim, index: number, more = {}) =>
    queue.settlement.settle(owner, [resultOf(from, index, more)]);
  const count = (table: string) => queue.value<number>(`SELECT count(*)::int FROM ${table}`);
  const counters = () =>
    queue.rows<{ scope: string; used: number }>('SELECT scope, used FROM flow_counters ORDER BY scope');

  async function expectNothingLeft(): Promise<void> {
    expect(await queue.flow.mend()).toEqual([]);
    expect(await queue.value('SELECT coalesce(sum(active), 0)::int FROM flow_slots')).toBe(0);
    for (const table of ['held', 'ready', 'claims']) expect([table, await count(table)]).toEqual([table, 0]);
  }

  describe('at once by key', () => {
    it('admits so many with each key, and those without a key, and the next with a key when one ends', async () => {
      const jobId = await insertJob(queue.sql, { flow: { maxConcurrencyPerKey: 1 } });
      const [a1, a2, b1, plain, a3] = await enqueue([
        withKey(jobId, 'a'),
        withKey(jobId, 'a'),
        withKey(jobId, 'b'),
        manual(jobId),
        withKey(jobId, 'a', { priority: 5 }),
      ]);
      const first = await claimed(queue, owner);
      expect(idsOf(first)).toEqual([a3, b1, plain].sort());
      expect(await queue.value('SELECT count(*)::int FROM held WHERE parked_on IS NOT NULL')).toBe(2);
      for (const [index, { executionId }] of first.executions.entries())
        if (executionId === a3) await settle(first, index);
      const second = await claimed(queue, owner);
      expect(idsOf(second)).toEqual([a1]);
      await settle(second, 0, FAILED);
      const third = await claimed(queue, owner);
      expect(idsOf(third)).toEqual([a2]);
      await settle(third, 0);
      for (const index of [0, 1, 2])
        if (first.executions[index]?.executionId !== a3) await settle(first, index);
      expect(await counters()).toEqual([]);
      await expectNothingLeft();
    });

    it('holds together with the limit of the job, and passes over keys without room', async () => {
      const jobId = await insertJob(queue.sql, { maxConcurrency: 2, flow: { maxConcurrencyPerKey: 1 } });
      const [a1, , , b1, c1] = await enqueue([
        withKey(jobId, 'a'),
        withKey(jobId, 'a'),
        withKey(jobId, 'a'),
        withKey(jobId, 'b'),
        withKey(jobId, 'c'),
      ]);
      const first = await claimed(queue, owner);
      expect(idsOf(first)).toEqual([a1, b1].sort());
      const indexOfB = first.executions.findIndex(({ executionId }) => executionId === b1);
      await settle(first, indexOfB);
      expect(idsOf(await claimed(queue, owner))).toEqual([c1]);
    });

    it('lets the next one go when one that was let go ahead is cancelled before it could start', async () => {
      const jobId = await insertJob(queue.sql, { maxConcurrency: 1, flow: { maxConcurrencyPerKey: 1 } });
      const [first, , blocker] = await enqueue([
        withKey(jobId, 'a'),
        withKey(jobId, 'b'),
        withKey(jobId, 'c'),
      ]);
      const one = await claimed(queue, owner);
      expect(idsOf(one)).toEqual([first]);
      const [waiting, other] = await enqueue([withKey(jobId, 'a'), withKey(jobId, 'a')]);
      await queue.cancelUnclaimed([waiting as string, blocker as string]);
      await settle(one, 0);
      const two = await claimed(queue, owner);
      await settle(two, 0);
      expect(idsOf(await claimed(queue, owner))).toEqual([other]);
    });

    it('never lets more than the limit be admitted by many enqueuers, settlers and crashes at once', async () => {
      const jobId = await insertJob(queue.sql, {
        maxConcurrency: 5,
        flow: { maxConcurrencyPerKey: 2 },
        retry: { maxAttempts: 2 },
      });
      const keys = ['a', 'b', 'c', 'd'];
      const holders = `SELECT e.options #>> '{run,concurrencyKey}' AS key, count(*)::int AS n FROM executions e
        WHERE e.flow AND (e.id IN (SELECT execution_id FROM ready)
                          OR e.id IN (SELECT unnest(ids) FROM claims) AND e.finished_at IS NULL
                             AND e.id NOT IN (SELECT execution_id FROM held)) GROUP BY 1`;
      const enqueuing = Promise.all(
        Array.from({ length: 4 }, async (_, turn) => {
          for (let round = 0; round < 10; round++)
            await enqueue(
              keys.map((_key, index) => withKey(jobId, keys[(index * turn + round) % 4] as string)),
            );
        }),
      );
      let isDone = false;
      void enqueuing.finally(() => (isDone = true));
      while (!isDone || (await count('held')) > 0 || (await count('ready')) > 0) {
        const some = await claim(3);
        const found = await queue.rows<{ key: string; n: number }>(holders);
        expect(found.reduce((sum, { n }) => sum + n, 0)).toBeLessThanOrEqual(5);
        for (const { n } of found) expect(n).toBeLessThanOrEqual(2);
        for (const index of some.executions.keys()) {
          const crashes = index === 2 && some.executions[index]?.attempt === 1;
          if (!crashes) await settle(some, index, Math.random() < 0.3 ? FAILED : {});
        }
        await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 s'`);
        await queue.rescuer.rescueBatch();
      }
      await enqueuing;
      expect(await count('executions')).toBe(160);
      expect(await counters()).toEqual([]);
      await expectNothingLeft();
    });
  });

  describe('by rate', () => {
    const pass = async (seconds: number) => {
      await queue.sql.query(`UPDATE flow_starts SET started_at = started_at - make_interval(secs => $1)`, [
        seconds,
      ]);
      await queue.sql.query(`UPDATE flow_slots SET wake_at = wake_at - make_interval(secs => $1)`, [seconds]);
    };

    it('admits so many, and each further one when a start leaves the window, whatever has ended', async () => {
      const jobId = await insertJob(queue.sql, { flow: { rateLimit: { max: 2, windowSeconds: 60 } } });
      await enqueue([1, 2, 3, 4].map(() => manual(jobId)));
      const first = await claimed(queue, owner);
      expect(first.executions).toHaveLength(2);
      const now = Date.now();
      await settle(first, 0, { startedAt: new Date(now - 20_000) });
      await settle(first, 1, { startedAt: new Date(now) });
      expect(await claim()).toMatchObject({ executions: [] });
      const next = (await queue.flow.msToNextWake()) ?? 0;
      expect(next).toBeGreaterThan(30_000);
      expect(next).toBeLessThanOrEqual(40_000);
      await pass(41);
      expect(await queue.flow.admitDue()).toBe(1);
      const second = await claimed(queue, owner);
      await settle(second, 0);
      expect(await queue.flow.admitDue()).toBe(0);
      await pass(20);
      expect(await queue.flow.admitDue()).toBe(1);
      await settle(await claimed(queue, owner), 0);
      await pass(100);
      await queue.flow.mend();
      expect([await count('flow_starts'), await counters()]).toEqual([0, []]);
      await expectNothingLeft();
    });

    it('counts what is admitted and has not started, as long as it takes; a start that is known early frees early', async () => {
      const jobId = await insertJob(queue.sql, { flow: { rateLimit: { max: 1, windowSeconds: 1 } } });
      await enqueue([manual(jobId), manual(jobId)]);
      const first = await claimed(queue, owner);
      await pass(100);
      expect([await queue.flow.admit([jobId]), await queue.flow.msToNextWake()]).toEqual([0, null]);
      const [execution] = first.executions;
      await queue.flow.recordStarts([
        { executionId: execution?.executionId ?? '', attempt: 1, startedAt: new Date(Date.now() - 2_000) },
      ]);
      expect((await claim()).executions).toHaveLength(1);
    });

    it('gives a place back that was never used, and keeps that of a crashed start', async () => {
      const jobId = await insertJob(queue.sql, { flow: { rateLimit: { max: 1, windowSeconds: 60 } } });
      const [first, second] = await enqueue([manual(jobId), manual(jobId)]);
      await queue.cancelUnclaimed([first as string]);
      expect(idsOf(await claimed(queue, owner))).toEqual([second]);
      await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 s'`);
      await queue.rescuer.rescueBatch();
      expect((await claim()).executions).toEqual([]);
      await pass(61);
      await queue.flow.admitDue();
      expect((await claim()).executions).toMatchObject([{ executionId: second, attempt: 2 }]);
    });

    it('counts further attempts', async () => {
      const jobId = await insertJob(queue.sql, { flow: { rateLimit: { max: 1, windowSeconds: 60 } } });
      await enqueue([manual(jobId)]);
      await settle(await claimed(queue, owner), 0, { ...FAILED, state: 'delayed', retryDelayMs: 0 });
      await queue.flow.admitDue();
      expect((await claim()).executions).toEqual([]);
      await pass(61);
      await queue.flow.admitDue();
      expect((await claim()).executions).toMatchObject([{ attempt: 2 }]);
    });

    it('has a window for each value of a tag, or of a field of the payload; what has no value is free', async () => {
      const jobId = await insertJob(queue.sql, {
        flow: {
          rateLimitKeys: [
            { name: 'tenant', max: 1, windowSeconds: 60 },
            { name: 'region', max: 2, windowSeconds: 60 },
          ],
        },
      });
      const run = (tags: Record<string, string>, payload?: string | Record<string, string | number>) =>
        manual(jobId, { options: storedOptions({ tags }), payload });
      const [a1, a2, b1, c1, d1, none1, none2] = await enqueue([
        run({ tenant: 'a' }, { region: 'x' }),
        run({}, { tenant: 'a' }),
        run({}, { tenant: 'b', region: 'x' }),
        run({ tenant: 'c' }, { tenant: 'a', region: 'x' }),
        run({ tenant: '7' }),
        run({}),
        run({}, 'tenant'),
      ]);
      const [e1] = await enqueue([run({}, { tenant: 7 })]);
      const first = await claimed(queue, owner);
      expect(idsOf(first)).toEqual([a1, b1, d1, none1, none2].sort());
      for (const index of first.executions.keys()) await settle(first, index);
      expect((await claim()).executions).toEqual([]);
      await pass(61);
      await queue.flow.admitDue();
      expect(idsOf(await claim())).toEqual([a2, c1, e1].sort());
    });
  });

  describe('by window', () => {
    /** A window that opens an hour from now, or is open for at least a minute more. */
    const minuteIn = (minutes: number) => new Date(Date.now() + minutes * 60_000).getUTCMinutes();
    const closed = () => `${minuteIn(30)} * * * *`;

    it('delays what would start while it is closed, to the next minute that matches', async () => {
      const jobId = await insertJob(queue.sql, { flow: { executionWindow: closed() } });
      const [id] = await enqueue([manual(jobId)]);
      const [row] = await queue.rows<{ state: string; available_at: Date }>(
        'SELECT state, available_at FROM executions',
      );
      const wait = (row?.available_at.getTime() ?? 0) - Date.now();
      expect(row).toMatchObject({ state: 'delayed' });
      expect(row?.available_at.getTime()).toBe(
        Math.floor((row?.available_at.getTime() ?? 1) / 60_000) * 60_000,
      );
      expect(wait).toBeGreaterThan(25 * 60_000);
      expect(await queue.flow.msToNextWake()).toBeLessThanOrEqual(30 * 60_000);
      await queue.sql.query(
        `UPDATE jobs SET flow_rules = jsonb_set(flow_rules, '{executionWindow}', '"* * * * *"')`,
      );
      await queue.sql.query('UPDATE flow_slots SET wake_at = now()');
      expect(await queue.flow.admitDue()).toBe(1);
      const first = await claimed(queue, owner);
      expect(idsOf(first)).toEqual([id]);
      expect(flowMarksOf(first.executions[0]?.options ?? null)).toEqual({});
    });

    it('takes back what was claimed when it has closed, without counting an attempt', async () => {
      const jobId = await insertJob(queue.sql, { maxConcurrency: 2, flow: { executionWindow: '* * * * *' } });
      const ids = await enqueue([manual(jobId), manual(jobId)]);
      const first = await claimed(queue, owner);
      await queue.sql.query(`UPDATE jobs SET flow_rules = jsonb_set(flow_rules, '{executionWindow}', $1)`, [
        JSON.stringify(closed()),
      ]);
      await queue.flow.postpone(owner, [{ claimId: first.claimId, executionId: ids[0] as string }]);
      expect(await queue.rows('SELECT state, attempt FROM executions WHERE id = $1', [ids[0]])).toEqual([
        { state: 'delayed', attempt: 1 },
      ]);
      expect(await queue.value('SELECT active FROM flow_slots')).toBe(1);
      await settle(
        first,
        first.executions.findIndex(({ executionId }) => executionId === ids[1]),
      );
      expect(await count('claims')).toBe(0);
      expect(await queue.flow.mend()).toEqual([]);
    });

    it('tells the worker until when it may start', async () => {
      await insertJob(queue.sql);
      const jobId = await insertJob(queue.sql, {
        flow: { executionWindow: `${minuteIn(0)},${minuteIn(1)} * * * *` },
      });
      await enqueue([manual(jobId)]);
      const [execution] = (await claimed(queue, owner)).executions;
      const until = Date.parse(flowMarksOf(execution?.options ?? null).startBefore ?? '');
      expect(until % 60_000).toBe(0);
      expect(until).toBeGreaterThan(Date.now());
      expect(until).toBeLessThanOrEqual(Date.now() + 120_000);
    });
  });

  it('expires what waits for its turn for too long, and lets go what waited behind it', async () => {
    const jobId = await insertJob(queue.sql, { ttlSeconds: 60, flow: { maxConcurrencyPerKey: 1 } });
    const [, late, fresh] = await enqueue(['a', 'a', 'a'].map((key) => withKey(jobId, key)));
    const first = await claimed(queue, owner);
    await queue.sql.query(`UPDATE held SET expires_at = now() - interval '1 ms' WHERE execution_id = $1`, [
      late,
    ]);
    expect(await queue.flow.msToNextWake()).toBe(0);
    expect(await queue.flow.expireDue()).toBe(1);
    expect(await queue.rows('SELECT state, error FROM executions WHERE id = $1', [late])).toMatchObject([
      { state: 'expired', error: { code: 'expired' } },
    ]);
    await settle(first, 0);
    expect(idsOf(await claimed(queue, owner))).toEqual([fresh]);
  });

  it('mends counters that are wrong and places that nobody holds', async () => {
    const jobId = await insertJob(queue.sql, {
      flow: { maxConcurrencyPerKey: 1, rateLimit: { max: 3, windowSeconds: 60 } },
    });
    await enqueue([withKey(jobId, 'a'), withKey(jobId, 'a'), withKey(jobId, 'b')]);
    expect(await queue.flow.mend()).toEqual([]);
    await queue.sql.query(`UPDATE flow_counters SET used = used + 5`);
    await queue.sql.query(
      `INSERT INTO flow_starts (job_id, rule, scope, execution_id, attempt) VALUES ($1, '', 'rate', $2, 1)`,
      [jobId, randomUUID()],
    );
    expect(await queue.flow.mend()).toEqual([jobId]);
    expect(await counters()).toEqual([
      { scope: 'key:a', used: 1 },
      { scope: 'key:b', used: 1 },
      { scope: 'rate', used: 2 },
    ]);
    expect(await queue.flow.mend()).toEqual([]);
  });

  it('touches no table of flow control for a job without limits', async () => {
    const tables = ['held', 'flow_slots', 'flow_counters', 'flow_starts'];
    const touched = () =>
      queue.rows(
        `SELECT relname, seq_scan, coalesce(idx_scan, 0) AS idx_scan, n_tup_ins, n_tup_upd, n_tup_del
         FROM pg_stat_user_tables WHERE relname = ANY ($1) ORDER BY relname`,
        [tables],
      );
    // What a statement has done shows once its connection is idle or closed: a second one asks for that.
    const flushed = async () => {
      await Promise.all(
        Array.from({ length: 12 }, () =>
          queue.database.rows({ name: 'flush', text: 'SELECT pg_stat_force_next_flush()' }, []),
        ),
      );
      return touched();
    };
    const jobId = await insertJob(queue.sql, { retry: { maxAttempts: 2 } });
    const before = await flushed();
    await enqueue([manual(jobId), manual(jobId)]);
    const first = await claimed(queue, owner);
    await queue.settlement.settle(owner, [
      resultOf(first, 0),
      resultOf(first, 1, { ...FAILED, state: 'delayed' }),
    ]);
    await settle(await claimed(queue, owner), 0);
    expect(await flushed()).toEqual(before);
    await enqueue([manual(await insertJob(queue.sql, { maxConcurrency: 1 }))]);
    expect(await flushed()).not.toEqual(before);
  });
});
