import { type FlowRules, NO_FLOW_RULES } from '../../../domain/job/flow-rules.js';
import type { FlowFieldsDto } from './flow-fields.dto.js';

/** The rules that a request asks for: absent fields stay, null goes back to none. */
export function flowFrom(request: FlowFieldsDto, present: FlowRules): FlowRules {
  const { maxConcurrencyPerKey, rateLimit, rateLimitKeys, executionWindow } = request;
  return {
    maxConcurrencyPerKey:
      maxConcurrencyPerKey === undefined ? present.maxConcurrencyPerKey : maxConcurrencyPerKey,
    rateLimit:
      rateLimit === undefined
        ? present.rateLimit
        : rateLimit && { max: rateLimit.max, windowSeconds: rateLimit.windowSeconds },
    rateLimitKeys:
      rateLimitKeys === undefined
        ? present.rateLimitKeys
        : (rateLimitKeys ?? NO_FLOW_RULES.rateLimitKeys).map(({ name, max, windowSeconds }) => ({
            name,
            max,
            windowSeconds,
          })),
    executionWindow: executionWindow === undefined ? present.executionWindow : executionWindow,
  };
}
