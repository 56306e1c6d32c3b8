import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls until `probe` answers a value other than undefined, null or false, and answers that value. A probe that
 * throws counts as "not yet".
 * @param what what is waited for, for the message
 * @throws with the last error of the probe as cause, when `timeoutMs` pass before
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T> | T,
  timeoutMs = 25_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<T, undefined | null | false>;
      }
    } catch (error) {
      lastError = error;
    }
    await delay(20);
  }
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: lastError });
}
