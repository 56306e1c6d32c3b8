import type { Statement } from '../statement.js';

/**
 * Purpose: how much waits, for metrics and dashboards.
 * Parameters: none. Answers: one row. Locks: none. Indexes: none: ready, held and waiting_executions are scanned, they are thin.
 */
export const QUEUE_DEPTH: Statement = {
  name: 'queue_depth',
  text: `
SELECT (SELECT count(*) FROM ready WHERE available_at <= now())::integer AS ready,
       (SELECT count(*) FROM ready WHERE available_at > now())::integer AS delayed,
       (SELECT count(*) FROM held)::integer AS held,
       (SELECT count(*) FROM waiting_executions)::integer AS waiting,
       (SELECT coalesce(sum(remaining), 0) FROM claims)::integer AS claimed,
       (SELECT coalesce(extract(epoch FROM now() - min(available_at)), 0) FROM ready WHERE available_at <= now())::float8
         AS "oldestSeconds"`,
};
