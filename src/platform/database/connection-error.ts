/**
 * SQLSTATE classes and codes that say: the server went away, is starting or shutting down, is no longer the primary (25006), or
 * a lock was lost. */
const PASSING = /^(08|57P0|53|40001|40P01|55P03|25006)/;
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Whether the same statement may well succeed later: the database is away, or two transactions got in each other's way. */
export function isConnectionError(error: unknown): boolean {
  // Not `instanceof`: errors of Node's own network code may come from another realm.
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return PASSING.test(code) || NETWORK.has(code);
  return /connection|timeout exceeded|terminated|not queryable|socket/i.test(String(message));
}
