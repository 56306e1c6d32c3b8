import type { Statement } from '../statement.js';

/**
 * Purpose: the present instant by the server's clock, and since when it has been running.
 * Parameters: none. Answers: one row. Locks: none. Indexes: none.
 */
export const SERVER_CLOCK: Statement = {
  name: 'server_clock',
  text: `SELECT clock_timestamp() AS now, pg_postmaster_start_time() AS "startedAt"`,
};
