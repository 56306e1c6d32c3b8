import type { FieldFault } from '../../../domain/errors.js';
import { type FlowRules, NO_FLOW_RULES, type RateLimit } from '../../../domain/job/flow-rules.js';
import type { FlowFieldsDto } from './flow-fields.dto.js';

/** The rules that a request asks for: absent fields stay, null goes back to none. */
export function flowFrom(request: FlowFieldsDto, present: FlowRules, faults: FieldFault[]): FlowRules {
  const { max_concurrency_per_key: perKey, rate_limit_keys: keys, execution_window_cron: window } = request;
  return {
    maxConcurrencyPerKey: perKey === undefined ? present.maxConcurrencyPerKey : perKey,
    rateLimit: rateLimitFrom(request, present.rateLimit, faults),
    rateLimitKeys:
      keys === undefined
        ? present.rateLimitKeys
        : (keys?.map(({ name, max, window_secs: windowSeconds }) => ({ name, max, windowSeconds })) ??
          NO_FLOW_RULES.rateLimitKeys),
    executionWindow: window === undefined ? present.executionWindow : window,
  };
}

/** One of its two numbers alone makes no rate. */
function rateLimitFrom(
  request: FlowFieldsDto,
  present: RateLimit | null,
  faults: FieldFault[],
): RateLimit | null {
  const max = request.rate_limit_max === undefined ? (present?.max ?? null) : request.rate_limit_max;
  const windowSeconds =
    request.rate_limit_window_secs === undefined
      ? (present?.windowSeconds ?? null)
      : request.rate_limit_window_secs;
  if (max !== null && windowSeconds !== null) return { max, windowSeconds };
  if (max !== null)
    faults.push({ field: 'rate_limit_window_secs', message: 'is required with rate_limit_max' });
  if (windowSeconds !== null)
    faults.push({ field: 'rate_limit_max', message: 'is required with rate_limit_window_secs' });
  return null;
}
