import { NO_FLOW_RULES } from '../job/flow-rules.js';
import { admitInOrder, type Candidate, rateScopePrefix, scopesOf } from './admission.js';

const candidate = (
  executionId: string,
  key: string | null,
  values: Record<string, string> = {},
): Candidate => ({
  executionId,
  key,
  values,
});
const rules = {
  ...NO_FLOW_RULES,
  maxConcurrencyPerKey: 1,
  rateLimitKeys: [{ name: 'tenant', max: 2, windowSeconds: 60 }],
};

describe('admission by rules', () => {
  it('admits in order, parks what has no room under its scopes, and goes on with the others', () => {
    const used = new Map([['key:a', 1]]);
    const decision = admitInOrder(
      [
        candidate('1', 'a'),
        candidate('2', 'b', { tenant: 'x' }),
        candidate('3', 'b', { tenant: 'x' }),
        candidate('4', null, { tenant: 'x' }),
        candidate('5', null, { tenant: 'x' }),
        candidate('6', null),
      ],
      rules,
      used,
      10,
    );
    const tenant = `${rateScopePrefix('tenant')}x`;
    expect(decision).toEqual({
      admitted: ['2', '4', '6'],
      places: [
        { executionId: '2', rule: 'tenant', scope: tenant },
        { executionId: '4', rule: 'tenant', scope: tenant },
      ],
      counted: new Map([
        ['key:b', 1],
        [tenant, 2],
      ]),
      parked: [
        { executionId: '1', scope: 'key:a' },
        { executionId: '3', scope: 'key:b' },
        { executionId: '5', scope: tenant },
      ],
    });
  });

  it('stops when the job has no more room, and leaves the rest as it is', () => {
    const decision = admitInOrder(
      [candidate('1', null), candidate('2', null), candidate('3', null)],
      NO_FLOW_RULES,
      new Map(),
      2,
    );
    expect(decision).toMatchObject({ admitted: ['1', '2'], parked: [] });
  });

  it('tells names with values apart whatever is in them', () => {
    const named = (name: string) => ({ name, max: 1, windowSeconds: 1 });
    const scopes = scopesOf(candidate('1', null, { a: 'b=c', 'a=b': 'c' }), {
      ...NO_FLOW_RULES,
      rateLimitKeys: [named('a'), named('a=b')],
    });
    expect(new Set(scopes.map(({ scope }) => scope)).size).toBe(2);
  });
});
