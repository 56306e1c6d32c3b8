import { randomUUID } from 'node:crypto';
import { CircuitStore } from '../../src/modules/circuits/circuit-store.js';
import { FORGET_CIRCUITS } from '../../src/platform/database/sql/circuits.sql.js';
import { claimed, createQueue, FAILED, manual, type Queue, resultOf } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('circuits in the database', () => {
  let queue: Queue;
  let store: CircuitStore;
  const origin = 'https://service.example.com';
  const owner = randomUUID();

  beforeAll(async () => {
    queue = await createQueue();
    store = new CircuitStore(queue.database);
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    await queue.sql.query(
      'TRUNCATE ready, claims, executions, held, attempts, circuit_breakers, circuit_waits CASCADE',
    );
  });

  const circuit = async () => (await store.read())[0];
  const due = () => queue.sql.query('UPDATE circuit_breakers SET probe_at = now()');
  const count = (table: string) => queue.value<number>(`SELECT count(*)::int FROM ${table}`);
  const states = async () =>
    (await queue.rows<{ state: string }>('SELECT state FROM executions ORDER BY id')).map((row) => row.state);

  /** Claims so many new executions. */
  async function claim(executions: number) {
    const jobId = await insertJob(queue.sql);
    await queue.enqueuer().enqueueMany(Array.from({ length: executions }, () => manual(jobId)));
    return claimed(queue, owner);
  }

  async function putOff({ claimId, executions }: Awaited<ReturnType<typeof claim>>): Promise<string[]> {
    const entries = executions.map(({ executionId, attempt }) => ({ claimId, executionId, attempt, origin }));
    const results = await store.putOff(owner, entries);
    return executions.map(({ executionId }) => results.get(executionId) ?? 'lost');
  }

  it('are opened by one of many, and probed by one of many', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => store.open(origin, 'no', 20, 0)));
    expect(opened.filter(Boolean)).toHaveLength(1);
    const probes = Array.from({ length: 8 }, () => randomUUID());
    const taken = await Promise.all(probes.map((id) => store.takeProbe(origin, id)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const probeId = probes[taken.indexOf(true)] as string;
    expect(await circuit()).toMatchObject({ state: 'half_open', probeId });
    expect(await store.close(origin, randomUUID())).toBe(false);
    expect(await store.close(origin, probeId)).toBe(true);
    expect(await circuit()).toBeUndefined();
  });

  it('put off what was claimed without using up an attempt, and give its lease back', async () => {
    await store.open(origin, 'no', 20, 3600);
    const batch = await claim(3);
    expect(await putOff(batch)).toEqual(['waits', 'waits', 'waits']);
    expect([await count('claims'), await count('circuit_waits')]).toEqual([0, 3]);
    expect(await states()).toEqual(['delayed', 'delayed', 'delayed']);
    await expect(claimed(queue, owner)).rejects.toThrow('Nothing');
    // Whoever has lost the lease puts off nothing.
    expect(await putOff(batch)).toEqual(['lost', 'lost', 'lost']);
    expect(await store.reset(origin)).toBe(1);
    const again = await claimed(queue, owner);
    expect(again.executions.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect(await count('circuit_waits')).toBe(0);
  });

  it('put off once what is put off again because the answer was lost', async () => {
    await store.open(origin, 'no', 20, 3600);
    const { claimId, executions } = await claim(3);
    const first = { claimId, executions: executions.slice(0, 1) };
    expect(await putOff(first)).toEqual(['waits']);
    expect(await putOff(first)).toEqual(['lost']);
    expect(await count('ready')).toBe(1);
    expect(await queue.value('SELECT remaining FROM claims')).toBe(2);
  });

  it('leave what meets a closed circuit ready, and what is to be cancelled in hand', async () => {
    const batch = await claim(2);
    const [, second] = batch.executions;
    await queue.sql.query('UPDATE executions SET cancel_requested_at = now() WHERE id = $1', [
      second?.executionId,
    ]);
    expect(await putOff(batch)).toEqual(['ready', 'cancelled']);
    expect([await count('ready'), await count('claims'), await count('circuit_waits')]).toEqual([1, 1, 0]);
    // Should its worker die before it has recorded that, the reaper does.
    await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 ms'`);
    expect(await queue.rescuer.rescueBatch()).toEqual({ requeued: 0, failed: 0, cancelled: 1 });
  });

  it('put off what was marked as running just before, and is marked so no more', async () => {
    await store.open(origin, 'no', 20, 3600);
    const { claimId, executions } = await claim(2);
    const mark = () =>
      queue.claims.markRunning(
        owner,
        executions
          .slice(0, 1)
          .map(({ executionId, attempt }) => ({ claimId, executionId, attempt, startedAt: new Date() })),
      );
    await mark();
    expect(await states()).toEqual(['running', 'queued']);
    expect(await putOff({ claimId, executions: executions.slice(0, 1) })).toEqual(['waits']);
    await mark();
    expect(await states()).toEqual(['delayed', 'queued']);
    expect(await count('executions WHERE started_at IS NOT NULL')).toBe(0);
  });

  it('forget what was cancelled while it waited, and probe by what still waits', async () => {
    await store.open(origin, 'no', 20, 3600);
    const batch = await claim(3);
    await putOff(batch);
    const [first, second, third] = batch.executions.map(({ executionId }) => executionId);
    await queue.sql.query(
      `UPDATE circuit_waits SET since = now() - interval '1 hour' WHERE execution_id <> $1`,
      [third],
    );
    await queue.cancelUnclaimed([first ?? '', second ?? '']);
    await due();
    await store.probe();
    expect((await circuit())?.probeId).toBe(third);
    expect(await count('circuit_waits')).toBe(0);
  });

  it('put off and let go in order, each at an instant of its own', async () => {
    const instants = () =>
      queue.rows<{ at: string; inStep: boolean }>(
        `SELECT r.available_at::text AS at, r.available_at = e.available_at AS "inStep"
         FROM ready r JOIN executions e ON e.id = r.execution_id ORDER BY e.id`,
      );
    const expectInOrder = async () => {
      const rows = await instants();
      const ordered = [...new Set(rows.map(({ at }) => at))].sort((a, b) => (a < b ? -1 : 1));
      expect(rows).toEqual(ordered.map((at) => ({ at, inStep: true })));
      expect(rows).toHaveLength(50);
    };
    await store.open(origin, 'no', 20, 3600);
    await putOff(await claim(50));
    await expectInOrder();
    await store.reset(null);
    await expectInOrder();
    expect(await count('ready WHERE available_at <= now()')).toBe(50);
  });

  it('are forgotten when nobody has needed them for a day', async () => {
    const waitedFor = 'https://waited.example.com';
    const recent = 'https://recent.example.com';
    for (const each of [origin, waitedFor, recent]) await store.open(each, 'no', 20, 0);
    await queue.sql.query(
      `INSERT INTO circuit_waits (execution_id, origin, priority, available_at) VALUES ($1, $2, 0, now())`,
      [randomUUID(), waitedFor],
    );
    const since = (age: string) =>
      queue.sql.query(`UPDATE circuit_breakers SET probe_at = now() - $1::interval WHERE origin <> $2`, [
        age,
        recent,
      ]);
    await since('25 hours');
    await queue.database.rows(FORGET_CIRCUITS, []);
    expect((await store.read()).map((each) => each.origin)).toEqual([recent, waitedFor]);
  });

  it('lose nobody when many are put off while the circuit closes', async () => {
    for (let round = 0; round < 5; round++) {
      await store.open(origin, 'no', 20, 3600);
      const batches = [await claim(20), await claim(20)];
      await Promise.all([...batches.map(putOff), store.reset(origin)]);
      await store.release();
      expect(await count(`ready WHERE available_at <= now()`)).toBe(40);
      await queue.sql.query('TRUNCATE ready, executions, circuit_waits CASCADE');
    }
  });

  it('let one that waits probe when the time has come, by many workers at once', async () => {
    await store.open(origin, 'no', 20, 3600);
    await putOff(await claim(5));
    await store.probe();
    expect(await count(`ready WHERE available_at <= now()`)).toBe(0);
    await due();
    await Promise.all(Array.from({ length: 6 }, () => store.probe()));
    expect(await count(`ready WHERE available_at <= now()`)).toBe(1);
    const probe = await claimed(queue, owner);
    expect((await circuit())?.probeId).toBe(probe.executions[0]?.executionId);
    // It is the probe, so that it is not put off, whatever its worker believes.
    expect(await putOff(probe)).toEqual(['ready']);
  });

  it('pick another probe when one has ended without a word', async () => {
    await store.open(origin, 'no', 20, 3600);
    await putOff(await claim(2));
    await due();
    await store.probe();
    const first = await claimed(queue, owner);
    await store.probe();
    expect((await circuit())?.probeId).toBe(first.executions[0]?.executionId);
    await queue.settlement.settle(owner, [resultOf(first, 0, FAILED)]);
    await store.probe();
    const second = await claimed(queue, owner);
    expect((await circuit())?.probeId).toBe(second.executions[0]?.executionId);
    expect(second.executions[0]?.executionId).not.toBe(first.executions[0]?.executionId);
    expect(await store.reopen(origin, second.executions[0]?.executionId ?? '', 3600, 'still no')).toBe(true);
    expect(await circuit()).toMatchObject({ state: 'open', probes: 1, reason: 'still no', waiting: 0 });
  });
});
