/**
 * SQLSTATE classes and codes that say: the server cannot be reached, does not let us in, went away, is starting or shutting
 * down, is no longer the primary (25006), ran out of something, has trouble with its own system, has waited too long for us
 * (25P), or a lock was lost. Not 57014: a statement that was cancelled for its length is cancelled again.
 */
const PASSING = /^(08|28|53|57P|58|25P|25006|3D000|40001|40P01|55P03)/;
const NETWORK = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ENFILE',
  'ENOBUFS',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
/** Data exceptions, violated constraints, values beyond a limit. */
const OF_VALUES = /^(21|22|23|54)...$/;

/** Whether the same statement may well succeed later: the database is away, or two transactions got in each other's way. */
export function isConnectionError(error: unknown): boolean {
  // Not `instanceof`: errors of Node's own network code may come from another realm.
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return PASSING.test(code) || NETWORK.has(code);
  return /connection|timeout exceeded|read timeout|terminated|not queryable|socket/i.test(String(message));
}

/**
 * Whether what was to be written is at fault, so that the same values fail again: PostgreSQL does not take them, or they are
 * no JSON (a cycle, a bigint), which is a TypeError or a RangeError, whatever its message says.
 */
export function isValueError(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  if (typeof error !== 'object' || error === null) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && OF_VALUES.test(code);
}

/** Whether a transaction was ended only to break a deadlock, or because it could not have run alone. */
export function isConflict(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code } = error as { code?: unknown };
  return code === '40P01' || code === '40001';
}
