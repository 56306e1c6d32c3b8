import type { FieldFault } from '../errors.js';
import type { RetryPolicy } from './retry.js';

/**
 * Where the parts of a policy contradict each other, so that one of them would do nothing. Parts that are not given
 * contradict nothing. A message holds the values that it is about, so the same fault reads the same.
 * @returns faults whose fields are those of `RetryPolicy`
 */
export function retryContradictions(policy: Partial<RetryPolicy>): FieldFault[] {
  const { strategy } = policy;
  if (strategy === 'custom') return [...countFaults(policy), ...listedFaults(policy)];
  return [...strayFaults(policy), ...growthFaults(policy), ...boundFaults(policy)];
}

/** There is one pause fewer than attempts. */
function countFaults({ maxAttempts, delaysSeconds }: Partial<RetryPolicy>): FieldFault[] {
  if (delaysSeconds === undefined) return [];
  const field = 'delaysSeconds';
  const count = delaysSeconds.length;
  if (count === 0) return [{ field, message: 'must list the delays of the strategy "custom"' }];
  if (maxAttempts === undefined || count < maxAttempts) return [];
  if (maxAttempts === 1)
    return [
      {
        field,
        message: `lists ${count}, and a single attempt waits for none: allow more, or take another strategy`,
      },
    ];
  const message = `must list at most ${maxAttempts - 1}, one fewer than the ${maxAttempts} attempts, and lists ${count}`;
  return [{ field, message: `${message}: leave out the last ones, or allow more attempts` }];
}

function listedFaults({ delaysSeconds = [], maxDelaySeconds }: Partial<RetryPolicy>): FieldFault[] {
  return delaysSeconds.flatMap((delay, index) =>
    aboveBound(`delaysSeconds.${index}`, delay, maxDelaySeconds),
  );
}

function strayFaults({ strategy, delaysSeconds = [] }: Partial<RetryPolicy>): FieldFault[] {
  if (strategy === undefined || delaysSeconds.length === 0) return [];
  return [{ field: 'delaysSeconds', message: 'only goes with the strategy "custom"' }];
}

/** Twice nothing is nothing. */
function growthFaults({ strategy, delaySeconds }: Partial<RetryPolicy>): FieldFault[] {
  if (delaySeconds !== 0 || (strategy !== 'linear' && strategy !== 'exponential')) return [];
  const message = `must be above 0 with the strategy "${strategy}", whose delays grow from it; "fixed" may have none`;
  return [{ field: 'delaySeconds', message }];
}

function boundFaults({ delaySeconds, maxDelaySeconds }: Partial<RetryPolicy>): FieldFault[] {
  return delaySeconds === undefined ? [] : aboveBound('delaySeconds', delaySeconds, maxDelaySeconds);
}

function aboveBound(field: string, delay: number, bound: number | null | undefined): FieldFault[] {
  if (bound === null || bound === undefined || delay <= bound) return [];
  const message = `is ${delay} seconds, above the longest delay of ${bound}: lower it, or raise the longest`;
  return [{ field, message }];
}
