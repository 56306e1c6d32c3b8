import { setTimeout as pause } from 'node:timers/promises';
import { atTick } from './deadline.js';

/** Keeps the event loop busy, so that the time by which it sets timers is behind. */
function busyFor(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

describe('a deadline', () => {
  it('is never over before its tick, however late the event loop is', async () => {
    for (let round = 0; round < 20; round++) {
      busyFor(10);
      const tick = performance.now() + 8.5;
      const overAt = await new Promise<number>((resolve) => atTick(tick, () => resolve(performance.now())));
      expect(overAt).toBeGreaterThanOrEqual(tick);
    }
  });

  it('is not told of once the wait has ended', async () => {
    let isOver = false;
    const end = atTick(performance.now() + 5, () => (isOver = true));
    end();
    await pause(20);
    expect(isOver).toBe(false);
  });
});
