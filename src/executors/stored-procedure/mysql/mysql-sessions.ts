import {
  createConnection,
  createPool,
  type Pool,
  type PoolConnection,
  type PoolOptions,
} from 'mysql2/promise';
import { aborted, SourceFault } from '../source-fault.js';
import { endedWithin, succeededWithin, ignore, orAborted } from '../stop-waiting.js';
import { callFault, connectFault } from './mysql-fault.js';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
/** How long a killed call may take to let go before its connection is cut. */
const KILL_GRACE_MS = 5_000;
/** A kill that overtakes its call finds nothing to kill, so it is said again. */
const KILL_AGAIN_MS = 200;
/** A connection that does not even reset itself in this time is of no use any more. */
const RESET_MS = 5_000;

/** The pool of one data source: lends sessions, kills what runs in them, and hands each on clean. */
export class MysqlSessions {
  private readonly pool: Pool;
  private readonly options: PoolOptions;

  constructor(
    private readonly dataSource: string,
    url: string,
  ) {
    this.options = {
      uri: url,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // Dates and exact numbers stay what the database writes.
      dateStrings: true,
      supportBigNumbers: true,
      // A server may ask a client for its files; never.
      flags: ['-LOCAL_FILES'],
    };
    this.pool = createPool({
      ...this.options,
      connectionLimit: MAX_CONNECTIONS,
      idleTimeout: IDLE_TIMEOUT_MS,
      resetOnRelease: false,
    });
  }

  /**
   * Lends a session to `work`. When `signal` is aborted, what runs in it is killed at the server and the
   * connection cut; otherwise the next borrower finds nothing of what the routine has set in it.
   * Throws `SourceFault`.
   */
  async use<T>(signal: AbortSignal, work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.connect(signal);
    const working = work(connection);
    try {
      const value = await orAborted(working, signal);
      await giveBack(connection);
      return value;
    } catch (error) {
      if (signal.aborted) {
        await this.kill(connection.threadId, working);
        connection.destroy();
        throw aborted();
      }
      await giveBack(connection);
      throw error instanceof SourceFault ? error : callFault(this.dataSource, error);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async connect(signal: AbortSignal): Promise<PoolConnection> {
    const connecting = this.pool.getConnection();
    try {
      return await orAborted(connecting, signal);
    } catch (error) {
      if (!signal.aborted) throw connectFault(this.dataSource, error);
      connecting.then((connection) => connection.release(), ignore);
      throw aborted();
    }
  }

  private async kill(threadId: number, working: Promise<unknown>): Promise<void> {
    const giveUpAt = performance.now() + KILL_GRACE_MS;
    try {
      const killer = await createConnection(this.options);
      try {
        do {
          await killer.query(`KILL QUERY ${threadId}`);
        } while (!(await endedWithin(working, KILL_AGAIN_MS)) && performance.now() < giveUpAt);
      } finally {
        killer.destroy();
      }
    } catch {
      // Cutting the connection is all that is left.
    }
  }
}

async function giveBack(connection: PoolConnection): Promise<void> {
  const clean = await succeededWithin(connection.reset(), RESET_MS);
  if (clean) connection.release();
  else connection.destroy();
}
