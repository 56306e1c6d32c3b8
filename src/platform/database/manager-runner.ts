import type { EntityManager } from 'typeorm';
import type { StatementRunner } from './statement-runner.js';

/**
 * Runs hot statements inside a TypeORM transaction. TypeORM answers `[rows, count]` for an UPDATE or DELETE
 * and plain rows else; both become rows here.
 */
export function runnerOfManager(manager: EntityManager): StatementRunner {
  return {
    rows: async <Row extends object>(statement: { text: string }, values: readonly unknown[]) => {
      const answer: unknown = await manager.query(statement.text, values as unknown[]);
      return isRowsAndCount(answer) ? (answer[0] as Row[]) : (answer as Row[]);
    },
  };
}

function isRowsAndCount(answer: unknown): answer is [unknown[], number] {
  return (
    Array.isArray(answer) && answer.length === 2 && Array.isArray(answer[0]) && typeof answer[1] === 'number'
  );
}
