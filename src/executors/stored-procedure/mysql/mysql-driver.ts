import type { Connection as CoreConnection } from 'mysql2';
import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import type { Json } from '../../../domain/execution/outcome.js';
import type { CallOptions, CallResult, Inspection, RoutineDriver, RoutineName } from '../driver.js';
import type { Argument, Routine } from '../routine.js';
import { aborted, SourceFault } from '../source-fault.js';
import { callStatements, valueFault, type Statement } from './call-statements.js';
import { inspectRoutines } from './introspection.js';
import { MysqlSessions } from './mysql-sessions.js';

type Row = Record<string, Json>;

interface WarningRow extends RowDataPacket {
  Level: string;
  Message: string;
}

/** Calls routines of one MySQL or MariaDB over a pool of its own, which opens connections when they are needed. */
export class MysqlDriver implements RoutineDriver {
  readonly valueFault = valueFault;
  private readonly sessions: MysqlSessions;

  /** @param dataSource its name, for messages */
  constructor(dataSource: string, url: string) {
    this.sessions = new MysqlSessions(dataSource, url);
  }

  async inspect(
    name: RoutineName,
    signature: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<Inspection> {
    const inspection = await this.sessions.use(signal, (connection) => inspectRoutines(connection, name));
    return { ...inspection, signature };
  }

  async call(routine: Routine, args: readonly Argument[], options: CallOptions): Promise<CallResult> {
    // Neither server has a timeout that holds for every routine, so the call is killed from here.
    const timeIsUp = AbortSignal.timeout(Math.max(1, Math.ceil(options.timeoutMs)));
    const signal = AbortSignal.any([options.signal, timeIsUp]);
    try {
      return await this.sessions.use(signal, (connection) =>
        run(connection, routine, args, { ...options, signal }),
      );
    } catch (error) {
      if (!timeIsUp.aborted || options.signal.aborted) throw error;
      throw new SourceFault('timeout', 'The call did not end in the time of the attempt.', true);
    }
  }

  close(): Promise<void> {
    return this.sessions.close();
  }
}

async function run(
  connection: PoolConnection,
  routine: Routine,
  args: readonly Argument[],
  { maxRows, onNotice, signal }: CallOptions,
): Promise<CallResult> {
  const { before, call, after } = callStatements(routine, args, maxRows);
  for (const statement of before) await connection.execute(statement.text, statement.values);
  if (signal.aborted) throw aborted();
  const { rows, furtherResults } = await firstResult(connection, call, maxRows);
  const [warnings] = await connection.query<WarningRow[]>('SHOW WARNINGS');
  for (const { Level, Message } of warnings) onNotice({ severity: Level.toUpperCase(), message: Message });
  if (furtherResults > 0) {
    onNotice({ severity: 'INFO', message: `${furtherResults} further result sets were left out.` });
  }
  const [outRows] = after ? await connection.execute<RowDataPacket[]>(after.text, after.values) : [[]];
  return { rows, outParameters: outRows[0] ? toJson(outRows[0]) : {} };
}

/** Takes rows in as they come, so that a result of any size never fills the memory. */
function firstResult(
  connection: PoolConnection,
  { text, values }: Statement,
  maxRows: number,
): Promise<{ rows: Row[]; furtherResults: number }> {
  return new Promise((resolve, reject) => {
    const rows: Row[] = [];
    const results = new Set<number>();
    const query = coreOf(connection).execute(text, values);
    query.on('error', reject);
    query.on('result', (row: Record<string, unknown>, result?: number) => {
      // The closing answer of a CALL is no row and comes without the number of a result.
      if (result === undefined) return;
      const [first = result] = results;
      results.add(result);
      if (result === first && rows.length <= maxRows) rows.push(toJson(row));
    });
    query.on('end', () => resolve({ rows, furtherResults: Math.max(0, results.size - 1) }));
  });
}

/** The connection below the promises, which hands rows out one by one; its declared type is that of the wrapper. */
function coreOf(connection: PoolConnection): CoreConnection {
  return connection.connection as unknown as CoreConnection;
}

/** Bytes become base64; numbers beyond exact ones, decimals and dates come as text already. */
function toJson(row: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? value.toString('base64') : (value as Json),
    ]),
  );
}
