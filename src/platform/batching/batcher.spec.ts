import { setTimeout as pause } from 'node:timers/promises';
import { Batcher } from './batcher.js';

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
    await pause(5);
    expect(batches).toEqual([[1, 2]]);
  });

  it('keeps to the size of a batch and to the batches on their way', async () => {
    for (let n = 1; n <= 8; n++) batcher.add(n);
    await pause(5);
    expect(batches.map((batch) => batch.length)).toEqual([3, 3]);
    release();
    await pause(5);
    expect(batches.at(-1)).toEqual([7, 8]);
  });

  it('is drained once the last batch has come back', async () => {
    let drained = false;
    batcher.add(1);
    void batcher.drained().then(() => (drained = true));
    await pause(5);
    expect(drained).toBe(false);
    release();
    await batcher.drained();
    expect(batches).toEqual([[1]]);
  });

  it('tries again what is put back, ahead of what came later', async () => {
    batcher.again([1], 50);
    batcher.add(2);
    await pause(5);
    expect(batches).toEqual([]);
    await pause(100);
    expect(batches).toEqual([[1, 2]]);
  });

  it('gives up what is waiting', async () => {
    for (let n = 1; n <= 7; n++) batcher.add(n);
    await pause(5);
    batcher.abandon();
    release();
    await batcher.drained();
    expect(batches.flat()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
