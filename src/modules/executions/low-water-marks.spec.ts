import { LowWaterMarks } from './low-water-marks.js';

describe('the pause until the next full scan', () => {
  /** Scans each 100 ms after a full scan that took so long. @returns milliseconds from its beginning to the next one */
  function pauseAfter(tookMs: number): number {
    let now = 1_000_000;
    const marks = new LowWaterMarks(() => now);
    const isFull = () => marks.next()[0]?.getTime() === 0;
    const begun = now;
    expect(isFull()).toBe(true);
    now += tookMs;
    // Every priority has a mark from now on.
    marks.passed(marks.priorities.map((priority) => ({ priority, availableAt: 2_000_000 })));
    for (now += 100; !isFull(); now += 100) marks.passed([]);
    return now - begun;
  }

  it.each([
    ['a fast one', 10, 2_000],
    ['one that took a while', 100, 5_000],
    ['one that took 5 seconds', 5_000, 15_000],
    ['one that took longer than any pause', 20_000, 20_100],
  ])('is in proportion to it, within limits: %s', (_, tookMs, expected) => {
    expect(pauseAfter(tookMs)).toBeGreaterThanOrEqual(expected);
    expect(pauseAfter(tookMs)).toBeLessThanOrEqual(expected + 100);
  });
});
