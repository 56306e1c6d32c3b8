import { retryDelayMs, type RetryPolicy } from '../execution/retry.js';

/** How long a delivery is tried for, from the end of the run or from when it was last asked for by hand. */
export const DELIVERY_PERIOD_SECONDS = 86_400;

/** Pauses from 5 seconds to one hour, ±20 %. */
const PAUSES: RetryPolicy = {
  maxAttempts: Number.MAX_SAFE_INTEGER,
  strategy: 'exponential',
  delaySeconds: 5,
  maxDelaySeconds: 3_600,
  delaysSeconds: [],
  jitter: 0.2,
};

/**
 * When the attempt after one that has failed may start: after its pause, or later where the receiver asked for that,
 * and once more at the end of the period.
 * @param attempt the attempt that has just failed, from 1
 * @param random a number in [0, 1) that decides the jitter
 * @returns null: the period is over
 */
export function nextAttemptAt(
  attempt: number,
  { now, giveUpAt }: { now: Date; giveUpAt: Date },
  random: number,
  retryAfterMs = 0,
): Date | null {
  if (now >= giveUpAt) return null;
  const next = now.getTime() + retryDelayMs(PAUSES, attempt, random, retryAfterMs);
  return new Date(Math.min(next, giveUpAt.getTime()));
}
