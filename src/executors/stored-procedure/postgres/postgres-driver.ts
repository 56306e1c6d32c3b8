import { type ClientBase, type QueryArrayResult } from 'pg';
import type { CallOptions, CallResult, Inspection, RoutineDriver, RoutineName } from '../driver.js';
import { isOutput, type Argument, type Routine } from '../routine.js';
import { aborted } from '../source-fault.js';
import { callStatement } from './call-statement.js';
import { ResultDecoder } from './decode-result.js';
import { valueFault } from './encode-value.js';
import { inspectRoutines } from './introspection.js';
import { PostgresSessions } from './postgres-sessions.js';

/** All values as the text that PostgreSQL sends: the decoder knows more about them than pg does. */
const AS_TEXT = { getTypeParser: () => (text: string | Buffer) => text };

/** Calls routines of one PostgreSQL over a pool of its own, which opens connections when they are needed. */
export class PostgresDriver implements RoutineDriver {
  readonly valueFault = valueFault;
  private readonly decoder = new ResultDecoder();
  private readonly sessions: PostgresSessions;

  /** @param dataSource its name, for messages */
  constructor(dataSource: string, url: string) {
    this.sessions = new PostgresSessions(dataSource, url);
  }

  inspect(
    name: RoutineName,
    signature: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<Inspection> {
    return this.sessions.use(signal, (client) => inspectRoutines(client, name, signature));
  }

  call(routine: Routine, args: readonly Argument[], options: CallOptions): Promise<CallResult> {
    return this.sessions.use(options.signal, async (client) => {
      const report = ({ severity = 'NOTICE', message = '' }: { severity?: string; message?: string }) =>
        options.onNotice({ severity, message });
      client.on('notice', report);
      try {
        // No transaction around it: procedures may commit by themselves.
        await client.query(`SET statement_timeout = ${Math.max(1, Math.ceil(options.timeoutMs))}`);
        if (options.signal.aborted) throw aborted();
        const statement = callStatement(routine, args, options.maxRows);
        const result = await client.query<(string | null)[]>({
          ...statement,
          rowMode: 'array',
          types: AS_TEXT,
        });
        return await this.resultOf(client, routine, result);
      } finally {
        client.off('notice', report);
      }
    });
  }

  private async resultOf(
    client: ClientBase,
    routine: Routine,
    result: QueryArrayResult<(string | null)[]>,
  ): Promise<CallResult> {
    if (routine.returns === 'nothing' && routine.routineType === 'function')
      return { rows: [], outParameters: {} };
    const rows = await this.decoder.decode(client, result);
    const hasOut = routine.returns !== 'rows' && routine.parameters.some(isOutput);
    return hasOut ? { rows: [], outParameters: rows[0] ?? {} } : { rows, outParameters: {} };
  }

  close(): Promise<void> {
    return this.sessions.close();
  }
}
