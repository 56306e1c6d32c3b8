import { healthScore, type RunTally, successRate } from './health.js';

const none: RunTally = {
  total: 0,
  completed: 0,
  failed: 0,
  timedOut: 0,
  crashed: 0,
  canceled: 0,
  expired: 0,
  avgSeconds: null,
  p95Seconds: null,
};

describe('health', () => {
  it('is −1 with no runs', () => {
    expect(healthScore(none)).toBe(-1);
    expect(successRate(none)).toBe(0);
  });

  it('is 100 where every run completes in about the same time', () => {
    expect(healthScore({ ...none, total: 4, completed: 4, avgSeconds: 2, p95Seconds: 4 })).toBe(100);
  });

  it('loses seventy points with the rate, which cancelled runs do not count in', () => {
    const half = { ...none, total: 5, completed: 2, failed: 1, timedOut: 1, canceled: 1 };
    expect(successRate(half)).toBe(50);
    expect(healthScore(half)).toBe(65);
  });

  it.each([
    [3, 85],
    [4, 70],
    [10, 70],
  ])('with a 95th percentile of %d averages is %d', (p95Seconds, score) => {
    expect(healthScore({ ...none, total: 1, completed: 1, avgSeconds: 1, p95Seconds })).toBe(score);
  });
});
