import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { LOCK_SLOTS } from '../../platform/database/sql/flow.sql.js';

/**
 * Locks the slots of jobs until the transaction ends. The first statement cannot lock rows that it makes itself, nor
 * those that another transaction made while it waited: a second one does.
 */
export async function lockSlots(runner: StatementRunner, jobIds: readonly string[]): Promise<void> {
  const locked = await runner.rows(LOCK_SLOTS, [jobIds]);
  if (locked.length < new Set(jobIds).size) await runner.rows(LOCK_SLOTS, [jobIds]);
}
