import { isConnectionError } from '../../../platform/database/connection-error.js';
import { described, type DescribedError } from './described-error.js';

/** The names that the driver, its pool, TypeORM and Node give such errors; a TypeError is a bug of ours. */
const NAMES: readonly unknown[] = ['Error', 'error', 'AggregateError', 'DatabaseError', 'QueryFailedError'];
const NETWORK_CALLS: readonly unknown[] = ['connect', 'read', 'write', 'getaddrinfo'];

/** A database that is away or overloaded: 503, try again. Undefined for everything else. */
export function describeDatabaseError(error: unknown): DescribedError | undefined {
  if (!isConnectionError(error) || !comesFromDatabase(error)) return undefined;
  return described(
    'unavailable',
    'database_unavailable',
    'The database cannot take this request at the moment; try again.',
    { headers: { 'retry-after': '5' } },
  );
}

function comesFromDatabase(error: unknown): boolean {
  const { name, syscall } = error as { name?: unknown; syscall?: unknown };
  // Missing files carry the same codes as missing sockets; the system call tells them apart.
  return NAMES.includes(name) && (syscall === undefined || NETWORK_CALLS.includes(syscall));
}
