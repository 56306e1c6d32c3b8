import type { Outcome } from './outcome.js';
import { NO_RETRY, retryDelayMs, type RetryPolicy, shouldRetry } from './retry.js';

const DAY_MS = 86_400_000;
const policy = (more: Partial<RetryPolicy>): RetryPolicy => ({ ...NO_RETRY, maxAttempts: 10, ...more });
const delays = (some: RetryPolicy) => [1, 2, 3, 4].map((attempt) => retryDelayMs(some, attempt, 0.5));

describe('the pause before the next attempt', () => {
  it.each<[string, Partial<RetryPolicy>, number[]]>([
    ['fixed', { strategy: 'fixed', delaySeconds: 3 }, [3, 3, 3, 3]],
    ['linear', { strategy: 'linear', delaySeconds: 3 }, [3, 6, 9, 12]],
    ['exponential', { strategy: 'exponential', delaySeconds: 3 }, [3, 6, 12, 24]],
    [
      'exponential, bounded',
      { strategy: 'exponential', delaySeconds: 3, maxDelaySeconds: 10 },
      [3, 6, 10, 10],
    ],
    ['custom, the last repeated', { strategy: 'custom', delaysSeconds: [1, 60] }, [1, 60, 60, 60]],
    ['custom without delays', { strategy: 'custom', delaySeconds: 7 }, [7, 7, 7, 7]],
    ['none', { strategy: 'fixed', delaySeconds: 0 }, [0, 0, 0, 0]],
  ])('is as the strategy says: %s', (_, more, seconds) => {
    expect(delays(policy(more))).toEqual(seconds.map((each) => each * 1000));
  });

  it('is never longer than a day, however many attempts and whatever the bound', () => {
    const long = policy({ strategy: 'exponential', delaySeconds: 60, maxDelaySeconds: 10 * 86_400 });
    expect([20, 1_000, 100_000].map((attempt) => retryDelayMs(long, attempt, 0.5))).toEqual([
      DAY_MS,
      DAY_MS,
      DAY_MS,
    ]);
  });

  it('is spread evenly by the jitter, except where the delays are given one by one', () => {
    const spread = policy({ delaySeconds: 10, jitter: 0.2 });
    expect([0, 0.5, 0.999_999].map((random) => retryDelayMs(spread, 1, random))).toEqual([
      8_000, 10_000, 12_000,
    ]);
    const custom = policy({ strategy: 'custom', delaysSeconds: [10], jitter: 0.2 });
    expect(retryDelayMs(custom, 1, 0)).toBe(10_000);
  });

  it('is what the other side asked for when that is longer, up to a day', () => {
    const some = policy({ delaySeconds: 10 });
    expect(retryDelayMs(some, 1, 0.5, 4_000)).toBe(10_000);
    expect(retryDelayMs(some, 1, 0.5, 40_000)).toBe(40_000);
    expect(retryDelayMs(some, 1, 0.5, 40 * DAY_MS)).toBe(DAY_MS);
  });
});

describe('whether there is a next attempt', () => {
  const failed = (retryable: boolean): Outcome => ({
    kind: 'failed',
    failureKind: 'error',
    error: { code: 'no', message: 'no' },
    retryable,
  });

  it.each<[string, Outcome, number, boolean]>([
    ['a failure with attempts left', failed(true), 2, true],
    ['the last attempt', failed(true), 3, false],
    ['an attempt beyond the last, after a rescue', failed(true), 4, false],
    ['a failure that cannot be helped', failed(false), 1, false],
    ['a success', { kind: 'succeeded', output: null }, 1, false],
    ['a cancellation', { kind: 'cancelled', reason: 'x' }, 1, false],
  ])('%s', (_, outcome, attempt, expected) => {
    expect(shouldRetry(outcome, attempt, 3)).toBe(expected);
  });
});
