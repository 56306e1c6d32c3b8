import type { FlowRules, RateLimit } from '../job/flow-rules.js';
import { windowAt } from '../schedule/execution-window.js';
import { keyScope, rateScopePrefix } from './admission.js';

/** What is known of an execution that waits for its turn. */
export interface Turn {
  /** The scope that has no room for it; null: none in particular. */
  parkedOn: string | null;
  /** Executions of the job that run or are about to. */
  active: number;
  /** At once at most; null: no limit. */
  limit: number | null;
  /** Null: no rules beside the limit. */
  rules: FlowRules | null;
  timezone: string;
  now: Date;
}

const EARLIER = 'earlier executions of the job must end first';

/** Which limit an execution waits for: a sentence. */
export function limitReason({ parkedOn, active, limit, rules, timezone, now }: Turn): string {
  if (rules === null) return `It is blocked by concurrency: ${EARLIER}${atOnce(limit)}.`;
  const window = rules.executionWindow === null ? null : windowAt(rules.executionWindow, timezone, now);
  if (window?.isOpen === false) return windowReason(window.opensAt);
  if (parkedOn !== null) return scopeReason(parkedOn, rules);
  if (limit !== null && active >= limit) return `It is blocked by concurrency: ${EARLIER}${atOnce(limit)}.`;
  if (rules.rateLimit !== null)
    return `It waits for the rate limit of the job: ${rateText(rules.rateLimit)}.`;
  return `It waits for its turn: ${EARLIER}.`;
}

function windowReason(opensAt: Date | null): string {
  if (opensAt === null) return 'It is outside the execution window of the job, which does not open again.';
  return `It is outside the execution window of the job, which opens at ${opensAt.toISOString()}.`;
}

function scopeReason(scope: string, { maxConcurrencyPerKey, rateLimitKeys }: FlowRules): string {
  if (scope.startsWith(keyScope(''))) {
    const key = scope.slice(keyScope('').length);
    return `It is blocked by concurrency: earlier executions with the key "${key}" must end first${atOnce(maxConcurrencyPerKey)}.`;
  }
  const rate = rateLimitKeys.find(({ name }) => scope.startsWith(rateScopePrefix(name)));
  if (!rate) return `It waits for its turn: ${EARLIER}.`;
  const value = scope.slice(rateScopePrefix(rate.name).length);
  return `It waits for the rate limit of ${rate.name} "${value}": ${rateText(rate)}.`;
}

function rateText({ max, windowSeconds }: RateLimit): string {
  return `${max} ${max === 1 ? 'start' : 'starts'} in ${windowSeconds} seconds at most`;
}

function atOnce(limit: number | null): string {
  return limit === null ? '' : ` (${limit} at once at most)`;
}
