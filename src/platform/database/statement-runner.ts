import type { Statement } from './statement.js';

/** Runs hot statements: the pool, or one connection inside a transaction. */
export interface StatementRunner {
  /** The rows that a statement answers. */
  rows<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}
