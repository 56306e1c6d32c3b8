import type { FieldFault } from '../errors.js';
import { expressionFaults } from '../schedule/cron.js';
import { textFault } from './json-faults.js';
import * as limits from './limits.js';

/** At most so many starts in any stretch of so many seconds, over all workers. */
export interface RateLimit {
  max: number;
  windowSeconds: number;
}

/** A rate limit of its own for each value of a tag or of a top-level field of the payload. */
export interface KeyedRateLimit extends RateLimit {
  /** The name of the tag or field. */
  name: string;
}

/** When executions of a job may start, beside `maxConcurrency` and the overlap policy. */
export interface FlowRules {
  /** At most this many executions with one concurrency key at once; null: no limit. */
  maxConcurrencyPerKey: number | null;
  rateLimit: RateLimit | null;
  rateLimitKeys: KeyedRateLimit[];
  /** Five fields of cron, in the timezone of the job: only in minutes that match may one start; null: at any time. */
  executionWindow: string | null;
}

export const NO_FLOW_RULES: FlowRules = {
  maxConcurrencyPerKey: null,
  rateLimit: null,
  rateLimitKeys: [],
  executionWindow: null,
};

/** Whether there is any rule at all. */
export function hasFlowRules(rules: FlowRules): boolean {
  const { maxConcurrencyPerKey, rateLimit, rateLimitKeys, executionWindow } = rules;
  return (
    maxConcurrencyPerKey !== null ||
    rateLimit !== null ||
    rateLimitKeys.length > 0 ||
    executionWindow !== null
  );
}

/** What is wrong with the rules; fields as in `JobDefinition`. */
export function flowFaults(rules: FlowRules): FieldFault[] {
  const { maxConcurrencyPerKey, rateLimit, rateLimitKeys, executionWindow } = rules;
  const window = executionWindow === null ? [] : expressionFaults(executionWindow, { fields: 5 });
  return [
    ...(maxConcurrencyPerKey === null
      ? []
      : whole('flow.maxConcurrencyPerKey', maxConcurrencyPerKey, limits.CONCURRENCY_MAX)),
    ...(rateLimit === null ? [] : rateFaults('flow.rateLimit', rateLimit)),
    ...keyedFaults(rateLimitKeys),
    ...window.map((message) => ({ field: 'flow.executionWindow', message })),
  ];
}

function keyedFaults(keys: readonly KeyedRateLimit[]): FieldFault[] {
  if (keys.length > limits.RATE_LIMIT_KEYS_MAX_COUNT)
    return [
      { field: 'flow.rateLimitKeys', message: `must be at most ${limits.RATE_LIMIT_KEYS_MAX_COUNT} limits` },
    ];
  return keys.flatMap((key, index) => {
    const field = `flow.rateLimitKeys.${index}`;
    const isRepeated = keys.findIndex(({ name }) => name === key.name) < index;
    const unstorable = textFault(key.name);
    return [
      ...(key.name === '' || key.name.length > limits.TAG_MAX_LENGTH
        ? [{ field: `${field}.name`, message: `must have 1 to ${limits.TAG_MAX_LENGTH} characters` }]
        : []),
      ...(unstorable === null ? [] : [{ field: `${field}.name`, message: unstorable }]),
      ...(isRepeated ? [{ field: `${field}.name`, message: 'is the name of an earlier limit, too' }] : []),
      ...rateFaults(field, key),
    ];
  });
}

function rateFaults(field: string, { max, windowSeconds }: RateLimit): FieldFault[] {
  return [
    ...whole(`${field}.max`, max, limits.RATE_LIMIT_MAX),
    ...whole(`${field}.windowSeconds`, windowSeconds, limits.YEAR_SECONDS),
  ];
}

function whole(field: string, value: number, max: number): FieldFault[] {
  if (Number.isInteger(value) && value >= 1 && value <= max) return [];
  return [{ field, message: `must be a whole number from 1 to ${max}` }];
}
