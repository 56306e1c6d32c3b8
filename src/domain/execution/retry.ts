import type { Outcome } from './outcome.js';

export type RetryStrategy = 'fixed' | 'linear' | 'exponential' | 'custom';

/** When and how often a failed attempt is tried again. */
export interface RetryPolicy {
  /** All attempts, the first included; 1 means no retry. */
  maxAttempts: number;
  strategy: RetryStrategy;
  /** The first delay; `linear` adds it each time, `exponential` doubles it each time. */
  delaySeconds: number;
  /** Upper bound of a computed delay; null: one day. */
  maxDelaySeconds: number | null;
  /** The delays of strategy `custom`, the last one repeated. */
  delaysSeconds: number[];
  /** Share of a delay that is random, 0–1: 0.2 gives ±20 %. */
  jitter: number;
}

export const NO_RETRY: RetryPolicy = {
  maxAttempts: 1,
  strategy: 'fixed',
  delaySeconds: 0,
  maxDelaySeconds: null,
  delaysSeconds: [],
  jitter: 0,
};

const LONGEST_DELAY_SECONDS = 86_400;

/**
 * The pause before the attempt after `attempt`, in milliseconds.
 * @param attempt the attempt that has just failed, from 1
 * @param random a number in [0, 1) that decides the jitter
 * @param retryAfterMs what the other side asked for; the longer of both is taken, up to one day
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: number, retryAfterMs = 0): number {
  const limit = Math.min(policy.maxDelaySeconds ?? LONGEST_DELAY_SECONDS, LONGEST_DELAY_SECONDS);
  const bounded = Math.min(plainDelaySeconds(policy, attempt), limit) * 1000;
  const jittered = policy.strategy === 'custom' ? bounded : bounded * (1 + policy.jitter * (2 * random - 1));
  return Math.round(Math.max(jittered, Math.min(retryAfterMs, LONGEST_DELAY_SECONDS * 1000)));
}

function plainDelaySeconds(policy: RetryPolicy, attempt: number): number {
  switch (policy.strategy) {
    case 'fixed':
      return policy.delaySeconds;
    case 'linear':
      return policy.delaySeconds * attempt;
    case 'exponential':
      return policy.delaySeconds * 2 ** Math.min(attempt - 1, 40);
    case 'custom':
      return policy.delaysSeconds[Math.min(attempt, policy.delaysSeconds.length) - 1] ?? policy.delaySeconds;
  }
}

/** Whether an attempt that ended so is tried again under the policy. */
export function shouldRetry(outcome: Outcome, attempt: number, maxAttempts: number): boolean {
  return outcome.kind === 'failed' && outcome.retryable && attempt < maxAttempts;
}
