import { NO_FLOW_RULES } from '../job/flow-rules.js';
import { rateScopePrefix } from './admission.js';
import { limitReason, type Turn } from './limit-reason.js';

const turn: Turn = {
  parkedOn: null,
  active: 0,
  limit: null,
  rules: null,
  timezone: 'UTC',
  now: new Date('2030-01-04T18:00:00Z'),
};
const rules = {
  ...NO_FLOW_RULES,
  maxConcurrencyPerKey: 2,
  rateLimit: { max: 5, windowSeconds: 60 },
  rateLimitKeys: [{ name: 'tenant', max: 1, windowSeconds: 30 }],
};

it.each<[string, Partial<Turn>, string]>([
  [
    'the limit',
    { active: 1, limit: 1 },
    'blocked by concurrency: earlier executions of the job must end first (1 at',
  ],
  [
    'the limit before the rate',
    { active: 1, limit: 1, rules },
    'blocked by concurrency: earlier executions of the',
  ],
  [
    'a key',
    { parkedOn: 'key:a', rules },
    'earlier executions with the key "a" must end first (2 at once at most)',
  ],
  ['the rate', { rules }, 'the rate limit of the job: 5 starts in 60 seconds at most'],
  [
    'the rate of a value',
    { parkedOn: `${rateScopePrefix('tenant')}a=b`, rules },
    'rate limit of tenant "a=b": 1 start',
  ],
  [
    'the window',
    { rules: { ...rules, executionWindow: '* 9-17 * * *' } },
    'outside the execution window of the job, which opens at 2030-01-05T09:00:00.000Z',
  ],
])('names %s', (_what, more, sentence) => {
  expect(limitReason({ ...turn, ...more })).toContain(sentence);
});
