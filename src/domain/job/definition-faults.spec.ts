import { NO_RETRY } from '../execution/retry.js';
import { DEFAULT_MISFIRE } from '../schedule/schedule.js';
import { definitionFaults } from './definition-faults.js';
import { NO_FLOW_RULES } from './flow-rules.js';
import { NO_RULES } from './run-rules.js';
import type { JobDefinition } from './definition.js';

const good: JobDefinition = {
  projectId: 'default',
  slug: null,
  name: 'Sync',
  description: null,
  type: 'http-call',
  configuration: { url: 'https://example.com/', headers: { 'X-Api-Key': 'k' } },
  plan: {
    schedule: { kind: 'manual', timezone: 'UTC' },
    startAt: null,
    endAt: null,
    exclusions: null,
    successor: null,
  },
  jitterSeconds: 0,
  misfire: DEFAULT_MISFIRE,
  overlap: 'allow',
  pauseAfterFailures: null,
  retry: NO_RETRY,
  timeoutSeconds: 300,
  priority: 0,
  maxConcurrency: null,
  tags: ['a'],
  groupId: null,
  environmentId: null,
  rules: NO_RULES,
  webhook: null,
  flow: NO_FLOW_RULES,
  versionPolicy: 'pin',
  backwardsCompatible: true,
};

const deep = JSON.parse('{"a":'.repeat(70) + '1' + '}'.repeat(70)) as JobDefinition['configuration'];
const bottomless = JSON.parse(
  `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
) as JobDefinition['configuration'];

describe('definitionFaults', () => {
  it('accepts a good definition and the edges of every bound', () => {
    expect(definitionFaults(good)).toEqual([]);
    const edges: Partial<JobDefinition>[] = [
      { name: 'x'.repeat(200) },
      { description: 'x'.repeat(2000) },
      { tags: Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(100, 'x')) },
      { timeoutSeconds: 1 },
      { timeoutSeconds: 86_400 },
      { priority: 10 },
      { maxConcurrency: 1 },
      { retry: { ...NO_RETRY, maxAttempts: 100, delaySeconds: 86_400, jitter: 1 } },
      { retry: { ...NO_RETRY, maxAttempts: 3, strategy: 'custom', delaysSeconds: [0.5, 10] } },
    ];
    for (const edge of edges) expect(definitionFaults({ ...good, ...edge })).toEqual([]);
  });

  it.each<[string, Partial<JobDefinition>]>([
    ['name', { name: ' \t' }],
    ['name', { name: 'x'.repeat(201) }],
    ['name', { name: 'a\0b' }],
    ['name', { name: 'a\ud800b' }],
    ['description', { description: 'x'.repeat(2001) }],
    ['tags', { tags: Array.from({ length: 21 }, (_, i) => `${i}`) }],
    ['tags.1', { tags: ['a', ''] }],
    ['tags.0', { tags: ['x'.repeat(101)] }],
    ['configuration.a.1.b', { configuration: { a: ['', { b: 'c\0' }] } }],
    ['configuration.a', { configuration: { a: { 'k\0': 1 } } }],
    ['configuration', { configuration: deep }],
    ['configuration', { configuration: bottomless }],
    ['configuration.headers.X-Api-Key', { configuration: { headers: { 'X-Api-Key': '***' } } }],
    ['timeoutSeconds', { timeoutSeconds: 0 }],
    ['timeoutSeconds', { timeoutSeconds: 86_401 }],
    ['timeoutSeconds', { timeoutSeconds: 1.5 }],
    ['timeoutSeconds', { timeoutSeconds: Number.NaN }],
    ['jitterSeconds', { jitterSeconds: -1 }],
    ['misfire.graceSeconds', { misfire: { ...DEFAULT_MISFIRE, graceSeconds: 31_536_001 } }],
    ['misfire.catchupWindowSeconds', { misfire: { ...DEFAULT_MISFIRE, catchupWindowSeconds: -1 } }],
    ['misfire.maxCatchupRuns', { misfire: { ...DEFAULT_MISFIRE, maxCatchupRuns: 10_001 } }],
    ['priority', { priority: 11 }],
    ['pauseAfterFailures', { pauseAfterFailures: 0 }],
    ['maxConcurrency', { maxConcurrency: 0 }],
    ['retry.maxAttempts', { retry: { ...NO_RETRY, maxAttempts: 101 } }],
    ['retry.delaySeconds', { retry: { ...NO_RETRY, delaySeconds: -1 } }],
    ['retry.maxDelaySeconds', { retry: { ...NO_RETRY, maxDelaySeconds: 86_401 } }],
    ['retry.delaysSeconds', { retry: { ...NO_RETRY, strategy: 'custom' } }],
    [
      'retry.delaysSeconds.1',
      { retry: { ...NO_RETRY, maxAttempts: 3, strategy: 'custom', delaysSeconds: [1, -1] } },
    ],
    ['retry.delaySeconds', { retry: { ...NO_RETRY, delaySeconds: 10, maxDelaySeconds: 5 } }],
    ['retry.jitter', { retry: { ...NO_RETRY, jitter: 1.1 } }],
  ])('finds the fault in %s', (field, change) => {
    expect(definitionFaults({ ...good, ...change }).map((fault) => fault.field)).toEqual([field]);
  });

  it('leaves a contradiction that is stored already, until a part of it changes', () => {
    const retry = { ...NO_RETRY, delaySeconds: 10, maxDelaySeconds: 5 };
    const stored = { ...good, retry };
    expect(definitionFaults({ ...stored, name: 'Renamed' }, stored)).toEqual([]);
    const lessAttempts = { ...stored, retry: { ...retry, maxAttempts: 2 } };
    expect(definitionFaults(lessAttempts, stored)).toEqual([]);
    const longer = { ...stored, retry: { ...retry, delaySeconds: 20 } };
    expect(definitionFaults(longer, stored)).toMatchObject([{ field: 'retry.delaySeconds' }]);
  });

  it('names all faults at once', () => {
    const faults = definitionFaults({ ...good, name: '', priority: -1, timeoutSeconds: 0 });
    expect(faults.map((fault) => fault.field)).toEqual(['name', 'timeoutSeconds', 'priority']);
  });
});
