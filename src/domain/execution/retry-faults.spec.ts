import { NO_RETRY, type RetryPolicy } from './retry.js';
import { retryContradictions } from './retry-faults.js';

const faults = (more: Partial<RetryPolicy>) =>
  retryContradictions({ ...NO_RETRY, maxAttempts: 3, ...more }).map(({ field }) => field);

describe('the parts of a retry policy', () => {
  it.each<[string, Partial<RetryPolicy>]>([
    ['no delay that does not grow', { strategy: 'fixed', delaySeconds: 0 }],
    ['a delay up to the longest', { delaySeconds: 5, maxDelaySeconds: 5 }],
    ['a delay that grows', { strategy: 'exponential', delaySeconds: 0.5, maxDelaySeconds: 60 }],
    ['as many delays as pauses', { strategy: 'custom', delaysSeconds: [1, 5], maxDelaySeconds: 5 }],
    ['fewer delays than pauses', { strategy: 'custom', delaysSeconds: [0] }],
    ['a first delay that custom does not use', { strategy: 'custom', delaySeconds: 9, delaysSeconds: [1] }],
    ['settings of retries that are switched off', { maxAttempts: 1, delaySeconds: 30 }],
  ])('go together: %s', (_, more) => {
    expect(faults(more)).toEqual([]);
  });

  it.each<[string, Partial<RetryPolicy>, string]>([
    ['more delays than pauses', { strategy: 'custom', delaysSeconds: [1, 2, 3] }, 'delaysSeconds'],
    ['delays of one attempt', { maxAttempts: 1, strategy: 'custom', delaysSeconds: [1] }, 'delaysSeconds'],
    ['custom without delays', { strategy: 'custom' }, 'delaysSeconds'],
    ['delays of another strategy', { delaysSeconds: [1] }, 'delaysSeconds'],
    [
      'a listed delay above the longest',
      { strategy: 'custom', delaysSeconds: [1, 9], maxDelaySeconds: 5 },
      'delaysSeconds.1',
    ],
    ['a delay above the longest', { delaySeconds: 10, maxDelaySeconds: 5 }, 'delaySeconds'],
    ['exponential growth from nothing', { strategy: 'exponential' }, 'delaySeconds'],
    ['linear growth from nothing', { strategy: 'linear' }, 'delaySeconds'],
  ])('contradict each other: %s', (_, more, field) => {
    expect(faults(more)).toEqual([field]);
  });

  it('contradict nothing that is not given', () => {
    for (const part of [
      {},
      { strategy: 'exponential' },
      { delaySeconds: 10 },
      { maxDelaySeconds: 5 },
    ] as const)
      expect(retryContradictions(part)).toEqual([]);
  });
});
