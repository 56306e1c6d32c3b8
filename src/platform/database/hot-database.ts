import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { isConflict } from './connection-error.js';
import { LONGEST_SILENCE_MS, surviveLostConnections } from './lost-connections.js';
import type { StatementRunner } from './statement-runner.js';
import type { Statement } from './statement.js';

/** So often a transaction is tried that others get in the way of. */
const TRIES = 5;
const PAUSE_MS = 20;

/**
 * The connections of the hot path, apart from TypeORM's: prepared statements, no entity mapping. bigint
 * comes as string, timestamptz as Date (milliseconds).
 */
export class HotDatabase implements StatementRunner {
  private readonly log = new Logger(HotDatabase.name);
  private readonly pool: pg.Pool;

  /**
   * @param size connections at most
   * @param silenceMs a statement that has brought nothing for so long fails, and its connection is torn down
   */
  constructor(url: string, size: number, silenceMs = LONGEST_SILENCE_MS) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: size,
      application_name: 'carillon',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    surviveLostConnections(this.pool, silenceMs);
    // Without a listener an idle connection that the server closes would end the process.
    this.pool.on('error', (error) => this.log.warn(`Lost an idle connection: ${error.message}`));
  }

  async rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>({ ...statement, values: values as unknown[] })).rows;
  }

  /**
   * Runs `work` in one transaction; a throw rolls it back. Where PostgreSQL ended it because it got into another one's way, it
   * runs again from the start: so `work` leaves no trace before the commit but by its statements. It adds to nothing outside,
   * tells nobody, and makes anew what it changes.
   */
  async transaction<T>(work: (runner: StatementRunner) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transactOnce(work);
      } catch (error) {
        if (attempt === TRIES || !isConflict(error)) throw error;
        // By chance, so that those who met do not meet again.
        await pause(Math.random() * PAUSE_MS * attempt);
      }
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async transactOnce<T>(work: (runner: StatementRunner) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      const result = await work(runnerOf(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => (broken = true));
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

function runnerOf(client: pg.PoolClient): StatementRunner {
  return {
    rows: async <Row extends object>(statement: Statement, values: readonly unknown[]) =>
      (await client.query<Row>({ ...statement, values: values as unknown[] })).rows,
  };
}
