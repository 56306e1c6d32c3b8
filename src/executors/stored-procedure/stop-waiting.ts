import { aborted } from './source-fault.js';

/** For what cannot be mended where it happens. */
export function ignore(): void {
  // Says nothing.
}

/** The promise's value, or a rejection by the fault `aborted` as soon as `signal` is aborted. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = ignore;
  const abortion = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(aborted());
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  // When the signal wins, nobody else would hear of a failure.
  promise.catch(ignore);
  abortion.catch(ignore);
  try {
    return await Promise.race([promise, abortion]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Waits for the promise to end either way, but not longer than `milliseconds`. */
export function endedWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return succeededWithin(promise.catch(ignore), milliseconds);
}

/** Whether the promise succeeds; false as well when it has not ended after `milliseconds`. */
export async function succeededWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const ended = promise.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
