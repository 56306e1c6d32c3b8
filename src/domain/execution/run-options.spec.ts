import type { RunnableDefinition } from '../job/definition.js';
import { expiryOf, instantOfId, leastIdAt, runOptionsOf, storedOptions, withOptions } from './run-options.js';

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
