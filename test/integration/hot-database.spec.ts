import { createQueue, type Queue } from '../support/queue.js';

const LOCK = { name: 'lock_place', text: 'SELECT id FROM places WHERE id = $1 FOR UPDATE' };

describe('a transaction', () => {
  let queue: Queue;

  beforeAll(async () => {
    queue = await createQueue();
    await queue.sql.query('CREATE TABLE places (id integer); INSERT INTO places VALUES (1), (2)');
  });
  afterAll(() => queue.drop());

  it('runs again when it was ended to break a deadlock', async () => {
    let tries = 0;
    let met = 0;
    let bothHoldOne: () => void = () => undefined;
    const meeting = new Promise<void>((resolve) => (bothHoldOne = resolve));
    const crosswise = (first: number, second: number) =>
      queue.database.transaction(async (runner) => {
        tries++;
        await runner.rows(LOCK, [first]);
        if (++met === 2) bothHoldOne();
        await meeting;
        await runner.rows(LOCK, [second]);
        return first;
      });
    expect(await Promise.all([crosswise(1, 2), crosswise(2, 1)])).toEqual([1, 2]);
    expect(tries).toBe(3);
  });

  it.each([
    ['40001', 5],
    ['40P01', 5],
    ['23505', 1],
    ['57014', 1],
  ])('that ends with %s each time is tried %i times', async (code, expected) => {
    let tries = 0;
    const text = `DO $$ BEGIN RAISE EXCEPTION 'No.' USING ERRCODE = '${code}'; END $$`;
    const ended = queue.database.transaction((runner) => {
      tries++;
      return runner.rows({ name: `raise_${code}`, text }, []);
    });
    await expect(ended).rejects.toMatchObject({ code });
    expect(tries).toBe(expected);
  });
});
