import pg, { type ClientBase, type PoolClient } from 'pg';
import { aborted, SourceFault } from '../source-fault.js';
import { endedWithin, succeededWithin, ignore, orAborted } from '../stop-waiting.js';
import { callFault, connectFault } from './postgres-fault.js';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
/** How long a cancelled call may take to let go before its connection is cut. */
const CANCEL_GRACE_MS = 5_000;
/** A cancellation that overtakes its call finds nothing to cancel, so it is said again. */
const CANCEL_AGAIN_MS = 200;
/** A connection that does not even reset itself in this time is of no use any more. */
const RESET_MS = 5_000;

/** Clients that give up connecting. The pool's own option would also limit the wait for a free connection. */
class ImpatientClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    super({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  }
}

/** The pool of one data source: lends sessions, cancels what runs in them, and hands each on clean. */
export class PostgresSessions {
  private readonly pool: pg.Pool;
  private readonly config: pg.ClientConfig;

  constructor(
    private readonly dataSource: string,
    url: string,
  ) {
    this.config = { connectionString: url, application_name: 'carillon', keepAlive: true };
    this.pool = new pg.Pool({
      ...this.config,
      Client: ImpatientClient,
      max: MAX_CONNECTIONS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
    });
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    this.pool.on('error', ignore);
  }

  /**
   * Lends a session to `work`. When `signal` is aborted, what runs in it is cancelled at the server and the
   * connection cut; otherwise the next borrower finds nothing of what the routine has set in it.
   * Throws `SourceFault`.
   */
  async use<T>(signal: AbortSignal, work: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = await this.connect(signal);
    // A connection that breaks between two statements shows in the next one.
    client.on('error', ignore);
    const working = work(client);
    try {
      const value = await orAborted(working, signal);
      await this.giveBack(client);
      return value;
    } catch (error) {
      if (signal.aborted) {
        await this.cancel(client, working);
        client.release(true);
        throw aborted();
      }
      await this.giveBack(client);
      throw error instanceof SourceFault ? error : callFault(this.dataSource, error);
    } finally {
      client.off('error', ignore);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async connect(signal: AbortSignal): Promise<PoolClient> {
    const connecting = this.pool.connect();
    try {
      return await orAborted(connecting, signal);
    } catch (error) {
      if (!signal.aborted) throw connectFault(this.dataSource, error);
      connecting.then((client) => client.release(), ignore);
      throw aborted();
    }
  }

  private async giveBack(client: PoolClient): Promise<void> {
    const clean = await succeededWithin(client.query('DISCARD ALL'), RESET_MS);
    client.release(!clean);
  }

  /** Tells the server over a second connection to stop the first, and waits until it has let go. */
  private async cancel(client: ClientBase, working: Promise<unknown>): Promise<void> {
    const canceller = new ImpatientClient(this.config);
    canceller.on('error', ignore);
    const giveUpAt = performance.now() + CANCEL_GRACE_MS;
    try {
      await canceller.connect();
      const pid = processIdOf(client);
      do {
        await canceller.query('SELECT pg_cancel_backend($1)', [pid]);
        if (await endedWithin(working, CANCEL_AGAIN_MS)) return;
      } while (performance.now() < giveUpAt);
      // A routine can catch a cancellation and go on, but not this.
      await canceller.query('SELECT pg_terminate_backend($1)', [pid]);
    } catch {
      // Cutting the connection is all that is left; the statement timeout ends the call at the server.
    } finally {
      canceller.end().catch(ignore);
    }
  }
}

/** Missing in pg's types; it has always been there. */
function processIdOf(client: ClientBase): number {
  return (client as ClientBase & { processID: number }).processID;
}
