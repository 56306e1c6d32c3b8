import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { StatementRunner } from './statement-runner.js';
import type { Statement } from './statement.js';

/**
 * The connections of the hot path, apart from TypeORM's: prepared statements, no entity mapping. bigint
 * comes as string, timestamptz as Date (milliseconds).
 */
export class HotDatabase implements StatementRunner {
  private readonly log = new Logger(HotDatabase.name);
  private readonly pool: pg.Pool;

  /** @param size connections at most */
  constructor(url: string, size: number) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: size,
      application_name: 'carillon',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    survivesLostConnections(this.pool);
    // Without a listener an idle connection that the server closes would end the process.
    this.pool.on('error', (error) => this.log.warn(`Lost an idle connection: ${error.message}`));
  }

  async rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>({ ...statement, values: values as unknown[] })).rows;
  }

  /** Runs `work` in one transaction; a throw rolls it back. */
  async transaction<T>(work: (runner: StatementRunner) => Promise<T>): Promise<T> {
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

  async close(): Promise<void> {
    await this.pool.end();
  }
}

function runnerOf(client: pg.PoolClient): StatementRunner {
  return {
    rows: async <Row extends object>(statement: Statement, values: readonly unknown[]) =>
      (await client.query<Row>({ ...statement, values: values as unknown[] })).rows,
  };
}

/**
 * Gives each connection of a pool a listener for its whole life. Between the pool's own listeners there are moments
 * without one, and a connection that the server ends just then would end the process.
 */
export function survivesLostConnections(pool: pg.Pool): void {
  pool.on('connect', (client) => client.on('error', () => undefined));
}
