import type { DependencyCondition } from '../job/dependencies.js';
import { FINAL_STATES, type FinalState } from './state.js';
import { decideWaiting, type Prerequisite } from './waiting.js';

const created = new Date('2030-01-01T10:00:00Z');
const before = new Date('2030-01-01T09:59:59.999Z');
const after = new Date('2030-01-01T10:00:00.001Z');

/** `S`: fresh and succeeded, `F`: fresh and failed, `s`/`f`: stale, `-`: never ended, `x`: deleted and never ended. */
function prerequisite(sign: string, condition: DependencyCondition = 'succeeded'): Prerequisite {
  const ends: Record<string, Prerequisite['end']> = {
    S: { state: 'succeeded', at: after },
    F: { state: 'failed', at: after },
    s: { state: 'succeeded', at: before },
    f: { state: 'failed', at: before },
  };
  return { jobId: `id-${sign}`, name: `job ${sign}`, condition, end: ends[sign] ?? null, gone: sign === 'x' };
}

const decide = (mode: 'all' | 'any', signs: string, freshAfter: Date | null = created) =>
  decideWaiting(
    mode,
    [...signs].map((sign) => prerequisite(sign)),
    freshAfter,
  );

describe('decideWaiting', () => {
  it.each([
    ['all', 'S', 'run'],
    ['all', 'SS', 'run'],
    ['all', 'S-', 'wait'],
    ['all', 'Ss', 'wait'],
    ['all', 'sf', 'wait'],
    ['all', '--', 'wait'],
    ['all', 'F-', 'impossible'],
    ['all', 'SF', 'impossible'],
    ['all', 'Sx', 'impossible'],
    ['any', 'S', 'run'],
    ['any', 'S-', 'run'],
    ['any', 'SF', 'run'],
    ['any', 'F-', 'wait'],
    ['any', 'Fs', 'wait'],
    ['any', 'sf', 'wait'],
    ['any', 'FF', 'impossible'],
    ['any', 'Fx', 'impossible'],
    ['any', 'x-', 'wait'],
  ] as const)('%s of %s: %s', (mode, signs, kind) => {
    expect(decide(mode, signs).kind).toBe(kind);
  });

  it('runs when nothing is left to wait for', () => {
    expect(decide('all', '')).toEqual({ kind: 'run' });
    expect(decide('any', '')).toEqual({ kind: 'run' });
  });

  it('takes any end for fresh when the job has no previous execution', () => {
    expect(decide('all', 'sS', null)).toEqual({ kind: 'run' });
    expect(decide('all', 'f', null).kind).toBe('impossible');
  });

  it('does not take an end at the very instant of the previous creation for fresh', () => {
    expect(decide('all', 'S', after)).toEqual({ kind: 'wait', names: ['job S'] });
  });

  it('names what it waits for, and what has broken the condition', () => {
    expect(decide('all', 'S-s')).toEqual({ kind: 'wait', names: ['job -', 'job s'] });
    expect(decide('all', '-F')).toEqual({
      kind: 'impossible',
      reason: 'The prerequisite "job F" (id-F) ended as failed; the job waits for "succeeded".',
    });
    expect(decide('all', 'x')).toEqual({
      kind: 'impossible',
      reason: 'The prerequisite "job x" (id-x) was deleted; the job waits for "succeeded".',
    });
  });

  it.each([
    ['succeeded', ['succeeded']],
    ['failed', ['failed']],
    ['completed', ['succeeded', 'failed']],
    ['any', [...FINAL_STATES]],
  ] as [DependencyCondition, FinalState[]][])('%s is satisfied by %j', (condition, states) => {
    const runs = FINAL_STATES.filter((state) => {
      const one = { ...prerequisite('S', condition), end: { state, at: after } };
      return decideWaiting('all', [one], created).kind === 'run';
    });
    expect(runs).toEqual(states);
  });
});
