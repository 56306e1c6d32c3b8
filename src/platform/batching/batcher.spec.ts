import { setImmediate as nextTurn } from 'node:timers/promises';
import { Batcher } from './batcher.js';

/** Long enough for everything that goes at once. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

describe('a batcher', () => {
  const batches: number[][] = [];
  let open: (() => void)[] = [];
  let batcher: Batcher<number>;
  const release = () => open.splice(0).forEach((resolve) => resolve());

  beforeEach(() => {
    batches.length = 0;
    open = [];
    batcher = new Batcher<number>({
      size: 3,
      inFlight: 2,
      flush: (batch) => {
        batches.push(batch);
        return new Promise((resolve) => open.push(resolve));
      },
    });
  });

  it('hands on together what is added in one turn', async () => {
    batcher.add(1);
    batcher.add(2);
    await turns();
    expect(batches).toEqual([[1, 2]]);
  });

  it('keeps to the size of a batch and to the batches on their way', async () => {
    for (let n = 1; n <= 8; n++) batcher.add(n);
    await turns();
    expect(batches.map((batch) => batch.length)).toEqual([3, 3]);
    release();
    await turns();
    expect(batches.at(-1)).toEqual([7, 8]);
  });

  it('hands on a full batch at once, and the batches in their order', () => {
    for (let n = 1; n <= 7; n++) batcher.add(n);
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('keeps to the batches on their way when full ones go before one that was called for', async () => {
    batcher.add(1);
    await nextTurn();
    for (let n = 2; n <= 8; n++) batcher.add(n);
    await turns();
    expect(batches).toEqual([[1], [2, 3, 4]]);
    release();
    await turns();
    expect(batches.slice(2)).toEqual([[5, 6, 7], [8]]);
  });

  it('is drained once the last batch has come back', async () => {
    let drained = false;
    batcher.add(1);
    void batcher.drained().then(() => (drained = true));
    await turns();
    expect(drained).toBe(false);
    release();
    await batcher.drained();
    expect(batches).toEqual([[1]]);
  });

  it('tries again what is put back, ahead of what came later', async () => {
    batcher.again([1], 50);
    batcher.add(2);
    await turns();
    expect(batches).toEqual([]);
    while (batches.length === 0) await nextTurn();
    expect(batches).toEqual([[1, 2]]);
  });

  it('lets few items wait for more, but not after a lull, and many not at all', async () => {
    const sizes: number[] = [];
    const patient = new Batcher<number>({
      size: 10,
      inFlight: 2,
      everyMs: (last) => last * 500,
      worthAtOnce: 3,
      flush: (batch) => Promise.resolve(void sizes.push(batch.length)),
    });
    patient.add(1);
    await turns();
    expect(sizes).toEqual([1]);
    patient.add(2);
    await turns();
    patient.add(3);
    await turns();
    expect(sizes).toEqual([1]);
    patient.add(4);
    await turns();
    expect(sizes).toEqual([1, 3]);
    patient.add(5);
    await patient.drained();
    expect(sizes).toEqual([1, 3, 1]);
  });

  it('gives up what is waiting', async () => {
    for (let n = 1; n <= 7; n++) batcher.add(n);
    await turns();
    batcher.abandon();
    release();
    await batcher.drained();
    expect(batches.flat()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
