import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';

const DEADLOCK = '40P01';
const TRIES = 4;

/**
 * Runs `work` in a transaction, again if PostgreSQL ended it to break a deadlock: a firing locks a clock
 * before its job, a change of a job the other way round.
 */
export async function jobTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (attempt === TRIES || !isDeadlock(error)) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause: unknown = error.driverError;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === DEADLOCK;
}
