import type { RunnableDefinition } from '../job/definition.js';
import {
  expiryOf,
  instantOfId,
  leastIdAt,
  overrideFaults,
  runOptionsOf,
  storedOptions,
  withOptions,
} from './run-options.js';

const definition: RunnableDefinition = {
  name: 'A job',
  type: 'http-call',
  configuration: {},
  retry: {
    maxAttempts: 3,
    strategy: 'custom',
    delaySeconds: 1,
    maxDelaySeconds: null,
    delaysSeconds: [5],
    jitter: 0,
  },
  timeoutSeconds: 300,
  metadata: { a: '1', b: '2' },
};

describe('the options of a run', () => {
  it('override the definition where they say something', () => {
    const options = storedOptions({
      metadata: { b: '3', c: '4' },
      timeoutSeconds: 9,
      retryStrategy: 'fixed',
      retryDelaySeconds: 7,
      retryMaxDelaySeconds: 8,
    });
    expect(withOptions(definition, options)).toEqual({
      ...definition,
      metadata: { a: '1', b: '3', c: '4' },
      timeoutSeconds: 9,
      retry: { ...definition.retry, strategy: 'fixed', delaySeconds: 7, maxDelaySeconds: 8 },
    });
  });

  it.each([
    ['a first pause above the longest of the job raises that', { retryDelaySeconds: 90 }, [90, 90]],
    ['a longest pause of the run holds', { retryDelaySeconds: 40, retryMaxDelaySeconds: 50 }, [40, 50]],
    ['a longest pause below the first of the job bounds it', { retryMaxDelaySeconds: 5 }, [0, 5]],
    ['pauses that grow from none start with a second', { retryStrategy: 'linear' as const }, [1, 60]],
    ['pauses that do not grow may be none', { retryStrategy: 'fixed' as const }, [0, 60]],
  ])('hold over the pauses of the job: %s', (_, options, [delaySeconds, maxDelaySeconds]) => {
    const bounded = { ...definition.retry, delaySeconds: 0, maxDelaySeconds: 60 };
    const { retry } = withOptions({ ...definition, retry: bounded }, storedOptions(options));
    expect(retry).toMatchObject({ delaySeconds, maxDelaySeconds });
  });

  it('may not contradict each other', () => {
    expect(overrideFaults({ retryDelaySeconds: 10, retryMaxDelaySeconds: 10 })).toEqual([]);
    for (const options of [
      { retryDelaySeconds: 10, retryMaxDelaySeconds: 5 },
      { retryStrategy: 'exponential' as const, retryDelaySeconds: 0 },
    ])
      expect(overrideFaults(options)).toMatchObject([{ field: 'delaySeconds' }]);
  });

  it('leave the definition as it is where there are none', () => {
    expect(withOptions(definition, null)).toBe(definition);
    expect(withOptions(definition, { other: 1 })).toEqual(definition);
    expect(runOptionsOf({ run: 'text' })).toEqual({});
  });
});

describe('the expiry of a run', () => {
  const created = new Date('2030-01-01T00:00:00.000Z');

  it('counts from the creation, or from a later start', () => {
    expect(expiryOf(created, undefined, 60)).toEqual(new Date('2030-01-01T00:01:00.000Z'));
    expect(expiryOf(created, '2030-01-01T01:00:00Z', 60)).toEqual(new Date('2030-01-01T01:01:00.000Z'));
    expect(expiryOf(created, '2029-01-01T01:00:00Z', 60)).toEqual(new Date('2030-01-01T00:01:00.000Z'));
    expect(expiryOf(created, undefined, undefined)).toBeNull();
  });

  it('knows when an id of version 7 was made, and of no other', () => {
    expect(instantOfId('01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20')?.getTime()).toBe(0x01986f3e6d3b);
    expect(instantOfId(leastIdAt(created))).toEqual(created);
    expect(leastIdAt(new Date('1969-12-31T00:00:00Z'))).toBe('00000000-0000-7000-8000-000000000000');
    expect(instantOfId('01986f3e-6d3b-4c4e-9c1f-3a5b7d9e1f20')).toBeNull();
  });
});
