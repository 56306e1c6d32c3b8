import type { Socket } from 'node:net';
import type pg from 'pg';

/**
 * How long a connection in use may say nothing: longer than any statement takes that answers all at once, shorter than
 * anybody should wait for a server that is gone.
 */
export const LONGEST_SILENCE_MS = 30_000;

/**
 * Makes a pool survive connections that are lost, with a word or without.
 * - Each connection has a listener for its whole life. Between the pool's own listeners there are moments without one, and
 *   a connection that the server ends just then would end the process.
 * - A connection that is in use is torn down once nothing has come over it for `silenceMs`: a peer that vanished (a
 *   failover, a forgotten address translation) says nothing, and whoever waits for its answer would wait for ever. pg's own
 *   `query_timeout` gives up the query and leaves the connection busy, for the next one to wait on.
 */
export function surviveLostConnections(pool: pg.Pool, silenceMs: number): void {
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('acquire', (client) => socketOf(client).setTimeout(silenceMs, tearDown));
  pool.on('release', (_error, client) => socketOf(client).setTimeout(0, tearDown));
}

function socketOf(client: pg.PoolClient): Socket {
  return client.connection.stream as Socket;
}

function tearDown(this: Socket): void {
  const error = new Error(`The database has said nothing for ${this.timeout} ms`);
  this.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
}
