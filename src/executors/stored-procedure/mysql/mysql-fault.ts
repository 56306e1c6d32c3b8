import type { Json } from '../../../domain/execution/outcome.js';
import { codeOf, connectFailed, messageOf, SourceFault } from '../source-fault.js';

/** Access denied, to the server or the database, and no such database: trying again cannot help. */
const REFUSED_FOR_GOOD = new Set([1044, 1045, 1049, 1698]);
/** Access denied to a command, table, column, routine or for lack of a privilege. */
const NO_PRIVILEGE = new Set([1142, 1143, 1227, 1370]);
/** Lock wait timeout, deadlock, too many connections, out of resources, server shutting down, killed. */
const PASSING = new Set([1205, 1213, 1040, 1203, 1041, 1053, 1317, 1927, 3024, 1969]);

/** What went wrong before a connection was there. */
export function connectFault(dataSource: string, error: unknown): SourceFault {
  return connectFailed(dataSource, error, !REFUSED_FOR_GOOD.has(numberOf(error)));
}

/** What went wrong on a connection. */
export function callFault(dataSource: string, error: unknown): SourceFault {
  const errno = numberOf(error);
  const sqlState = (error as { sqlState?: unknown } | null)?.sqlState;
  if (typeof sqlState !== 'string' || errno < 1000) {
    const message = `The connection to the data source "${dataSource}" was lost during the call.`;
    return new SourceFault('connection_lost', message, true, { reason: codeOf(error) });
  }
  const details: { [key: string]: Json } = { sqlState, errno };
  const message = messageOf(error);
  if (NO_PRIVILEGE.has(errno)) return new SourceFault('permission_denied', message, false, details);
  // 45000 is what SIGNAL raises by itself: only the routine's author can judge it.
  return new SourceFault('sql_error', message, PASSING.has(errno) || sqlState === '45000', details);
}

function numberOf(error: unknown): number {
  const errno = (error as { errno?: unknown } | null)?.errno;
  return typeof errno === 'number' ? errno : 0;
}
