import type { AbortReason } from '../executor.js';
import type { ScriptFailureCode } from './script-end.js';
import { outcomeOf, refused } from './script-outcome.js';

describe('the outcome of a script', () => {
  it('has the value and the times', () => {
    expect(outcomeOf({ kind: 'returned', json: '{"a":[1]}', cpuMs: 2 }, 'cancelled', 5)).toEqual({
      kind: 'succeeded',
      output: { a: [1] },
      trace: { totalMs: 5, cpuMs: 2 },
    });
  });

  it.each<[ScriptFailureCode, 'error' | 'timeout', boolean]>([
    ['script_error', 'error', true],
    ['syntax_error', 'error', false],
    ['memory_exceeded', 'error', false],
    ['cpu_limit_exceeded', 'timeout', true],
    ['never_settles', 'error', false],
    ['output_too_large', 'error', false],
    ['output_not_json', 'error', false],
    ['script_crashed', 'error', false],
  ])('of %s is a failure of kind %s, retryable: %s', (code, failureKind, retryable) => {
    const failure = { code, message: 'm', name: undefined, line: 3 };
    expect(outcomeOf({ kind: 'failed', failure }, 'cancelled', 1)).toEqual({
      kind: 'failed',
      failureKind,
      retryable,
      error: { code, message: 'm', details: { line: 3 } },
      trace: { totalMs: 1 },
    });
  });

  it.each<[AbortReason, object]>([
    [
      'timeout',
      { kind: 'failed', failureKind: 'timeout', retryable: true, error: { code: 'script_timeout' } },
    ],
    ['cancelled', { kind: 'cancelled', reason: 'cancelled' }],
    ['lease-lost', { kind: 'cancelled', reason: 'lease-lost' }],
    ['shutdown', { kind: 'cancelled', reason: 'shutdown' }],
  ])('that was stopped for %s says so', (reason, expected) => {
    expect(outcomeOf({ kind: 'stopped' }, reason, 1)).toMatchObject(expected);
  });

  it('without a sandbox is a fault of the system, and without the language one of the job', () => {
    expect(outcomeOf({ kind: 'unavailable', message: 'm' }, 'cancelled', 1)).toMatchObject({
      failureKind: 'system',
      retryable: true,
    });
    expect(refused('why')).toMatchObject({
      failureKind: 'error',
      retryable: false,
      error: { code: 'language_unavailable', message: 'why' },
    });
  });
});
