import type { Json } from '../../../domain/execution/outcome.js';
import { codeOf, connectFailed, messageOf, SourceFault } from '../source-fault.js';

const QUERY_CANCELED = '57014';
const NO_PRIVILEGE = '42501';
/** Bad credentials or no such database: trying again cannot help. */
const REFUSED_FOR_GOOD = /^(28|3D)/;
/**
 * Classes of SQLSTATE that may pass by themselves: connections, serialization and deadlocks, resources, locks
 * and shutdowns, system errors, and what a routine raised itself, which only its author can judge.
 */
const PASSING = /^(08|40|53|55|57|58|P0|XX)/;
const TOLD = ['detail', 'hint', 'where', 'schema', 'table', 'column', 'constraint', 'dataType'] as const;

/** What went wrong before a connection was there. */
export function connectFault(dataSource: string, error: unknown): SourceFault {
  return connectFailed(dataSource, error, !REFUSED_FOR_GOOD.test(codeOf(error) ?? ''));
}

/** What went wrong on a connection. */
export function callFault(dataSource: string, error: unknown): SourceFault {
  const state = codeOf(error);
  if (state === null || !/^[0-9A-Z]{5}$/.test(state) || /^E[A-Z]+$/.test(state)) {
    const message = `The connection to the data source "${dataSource}" was lost during the call.`;
    return new SourceFault('connection_lost', message, true, state === null ? undefined : { reason: state });
  }
  const details = { sqlState: state, ...toldBy(error) };
  const message = messageOf(error);
  if (state === QUERY_CANCELED) return canceled(message, details);
  if (state === NO_PRIVILEGE) return new SourceFault('permission_denied', message, false, details);
  return new SourceFault('sql_error', message, PASSING.test(state), details);
}

/** Whoever cancelled a statement that we did not: the timeout of the statement, or somebody at the database. */
function canceled(message: string, details: { [key: string]: Json }): SourceFault {
  if (/statement timeout/i.test(message)) {
    return new SourceFault('timeout', 'The call did not end in the time of the attempt.', true, details);
  }
  return new SourceFault('sql_error', message, true, details);
}

function toldBy(error: unknown): { [key: string]: Json } {
  const told: { [key: string]: Json } = {};
  for (const key of TOLD) {
    const value = (error as Record<string, unknown>)[key];
    if (typeof value === 'string') told[key] = value;
  }
  return told;
}
