import type { HttpCallConfiguration } from './http-call.configuration.js';

/** How long the calls of an attempt may take, in milliseconds. */
export interface CallTimes {
  /** All of them together; undefined: as long as the attempt. */
  wholeMs: number | undefined;
  /** The main endpoint, where there is a fallback; undefined: no limit is known. */
  mainMs: number | undefined;
}

/** The share of an attempt's time that the main endpoint has; the fallback needs some, too. */
const SHARE_OF_MAIN = 2 / 3;

/** @param attemptMs the time of the whole attempt; undefined: not known */
export function callTimes(
  { timeoutSeconds }: Pick<HttpCallConfiguration, 'timeoutSeconds'>,
  attemptMs: number | undefined,
): CallTimes {
  const wholeMs = timeoutSeconds ? timeoutSeconds * 1000 : undefined;
  const shortestMs = Math.min(wholeMs ?? Infinity, attemptMs ?? Infinity);
  return {
    wholeMs,
    mainMs: Number.isFinite(shortestMs) ? Math.max(Math.floor(shortestMs * SHARE_OF_MAIN), 1) : undefined,
  };
}
