import { randomUUID } from 'node:crypto';
import { Settler } from '../../src/engine/worker/settler.js';
import { eventually } from '../support/eventually.js';
import { claimed, createQueue, manual, resultOf, type Queue } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

describe('a settler', () => {
  let queue: Queue;
  const owner = randomUUID();
  const settled: [string, boolean][] = [];
  let settler: Settler;

  beforeAll(async () => {
    queue = await createQueue();
    // Refuses executions with the code that it is told to; counts how often, which no rollback undoes.
    await queue.sql.query(`
      CREATE SEQUENCE refusals;
      CREATE TABLE refused (execution_id uuid, code text);
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE told text := (SELECT code FROM refused WHERE execution_id = NEW.id);
      BEGIN
        IF told IS NOT NULL AND NEW.output IS NOT NULL THEN
          PERFORM nextval('refusals');
          RAISE EXCEPTION 'No.' USING ERRCODE = told;
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuses BEFORE UPDATE ON executions FOR EACH ROW EXECUTE FUNCTION refuse()`);
  });
  afterAll(() => queue.drop());
  beforeEach(async () => {
    settled.splice(0);
    settler = new Settler(queue.settlement, owner, ({ executionId }, accepted) =>
      settled.push([executionId, accepted]),
    );
    await queue.sql.query('TRUNCATE ready, claims, executions, held, attempts, refused CASCADE');
    await queue.sql.query('ALTER SEQUENCE refusals RESTART');
  });
  afterEach(() => settler.abandon());

  async function claimedOf(count: number) {
    const jobId = await insertJob(queue.sql);
    await queue.enqueuer().enqueueMany(Array.from({ length: count }, () => manual(jobId)));
    return claimed(queue, owner, count);
  }

  const refuse = (executionId: string, code: string) =>
    queue.sql.query('INSERT INTO refused VALUES ($1, $2)', [executionId, code]);
  const refusals = () =>
    queue.value<number>('SELECT CASE WHEN is_called THEN last_value ELSE 0 END::int FROM refusals');
  const recorded = () => queue.rows('SELECT id, state, output, error FROM executions ORDER BY id');

  it.each(['57014', '58030', 'XX000', '42501', '28P01', 'P0001'])(
    'tries a success again until the database takes it, after an error %s that is not its own',
    async (code) => {
      const result = resultOf(await claimedOf(1), 0, { output: { paid: true } });
      await refuse(result.executionId, code);
      settler.add(result);
      await eventually(refusals, (count) => count >= 2);
      await queue.sql.query('TRUNCATE refused');
      await settler.drained();
      expect(await recorded()).toMatchObject([{ state: 'succeeded', output: { paid: true }, error: null }]);
      expect(settled).toEqual([[result.executionId, true]]);
    },
  );

  it('does not let a result that the database will not take for now hold up the others', async () => {
    const claim = await claimedOf(3);
    const results = [0, 1, 2].map((place) => resultOf(claim, place, { output: { place } }));
    const [, bad] = results.map((result) => result.executionId);
    await refuse(bad!, 'XX000');
    for (const result of results) settler.add(result);
    await eventually(
      () => settled.length,
      (count) => count === 2,
    );
    await queue.sql.query('TRUNCATE refused');
    await settler.drained();
    expect(await recorded()).toMatchObject(
      [0, 1, 2].map((place) => ({ state: 'succeeded', output: { place } })),
    );
  });

  it.each(['21000', '22003', '23514', '54000'])(
    'records what breaks a rule of the database (%s) as a fault of the system, and only that',
    async (code) => {
      const claim = await claimedOf(2);
      const results = [0, 1].map((place) => resultOf(claim, place, { output: { place } }));
      await refuse(results[0]!.executionId, code);
      for (const result of results) settler.add(result);
      await settler.drained();
      expect(await recorded()).toMatchObject([
        { state: 'failed', output: null, error: { code: 'result_not_storable' } },
        { state: 'succeeded', output: { place: 1 } },
      ]);
    },
  );

  it('reports as accepted what was committed before the rest of its batch failed, and sends only the rest again', async () => {
    const plain = await claimedOf(2);
    const limited = await insertJob(queue.sql, { maxConcurrency: 1 });
    await queue.enqueuer().enqueue(manual(limited));
    const careful = resultOf(await claimed(queue, owner), 0, { output: { place: 2 } });
    await refuse(careful.executionId, '58030');
    const results = [...[0, 1].map((place) => resultOf(plain, place, { output: { place } })), careful];
    for (const result of results) settler.add(result);
    await eventually(refusals, (count) => count >= 2);
    expect(settled.toSorted()).toEqual(
      results
        .slice(0, 2)
        .map(({ executionId }) => [executionId, true])
        .toSorted(),
    );
    await queue.sql.query('TRUNCATE refused');
    await settler.drained();
    expect(settled[2]).toEqual([careful.executionId, true]);
    expect(settled).toHaveLength(3);
  });

  it('does not take what was committed for what could not be stored, either', async () => {
    const plain = await claimedOf(1);
    const limited = await insertJob(queue.sql, { maxConcurrency: 1 });
    await queue.enqueuer().enqueue(manual(limited));
    const careful = resultOf(await claimed(queue, owner), 0, { output: { place: 1 } });
    await refuse(careful.executionId, '23514');
    for (const result of [resultOf(plain, 0, { output: { place: 0 } }), careful]) settler.add(result);
    await settler.drained();
    expect(await recorded()).toMatchObject([
      { state: 'succeeded', output: { place: 0 } },
      { state: 'failed', error: { code: 'result_not_storable' } },
    ]);
    expect(settled.map(([, accepted]) => accepted)).toEqual([true, true]);
  });
});
