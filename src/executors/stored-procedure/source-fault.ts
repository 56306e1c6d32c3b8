import type { Json } from '../../domain/execution/outcome.js';

export type SourceFaultCode =
  'aborted' | 'connect_failed' | 'connection_lost' | 'permission_denied' | 'sql_error' | 'timeout';

/** What a data source did not do. `message` names no host and no credentials. */
export class SourceFault extends Error {
  constructor(
    readonly code: SourceFaultCode,
    message: string,
    readonly retryable: boolean,
    readonly details?: { [key: string]: Json },
  ) {
    super(message);
    this.name = 'SourceFault';
  }
}

/** The call was told to stop, and the database with it. */
export function aborted(): SourceFault {
  return new SourceFault('aborted', 'The call was stopped.', true);
}

/** A code such as `ECONNREFUSED` or `40001`; null where the error has none. */
export function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

export function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : 'unknown error';
}

/** The first failure of a connection to a source; what the system says holds addresses, so only its code is told. */
export function connectFailed(dataSource: string, error: unknown, retryable = true): SourceFault {
  const code = codeOf(error);
  const reason = code === null ? '' : ` (${code})`;
  return new SourceFault(
    'connect_failed',
    `The data source "${dataSource}" could not be reached${reason}.`,
    retryable,
    code === null ? undefined : { reason: code },
  );
}
