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

const ofProjects = `job_id IN (SELECT id FROM jobs WHERE project_id = ANY ($1::text[]))`;

/**
 * Purpose: how much of some projects waits to start, for those who may see nothing else.
 * Parameters: $1 the projects. Answers: one row. Locks: none. Indexes: none, as above; those of jobs for their projects.
 */
export const QUEUE_DEPTH_OF_PROJECTS: Statement = {
  name: 'queue_depth_of_projects',
  text: `
SELECT r.ready, r.delayed,
       (SELECT count(*) FROM held WHERE ${ofProjects})::integer AS held,
       (SELECT count(*) FROM waiting_executions WHERE ${ofProjects})::integer AS waiting
FROM (
  SELECT count(*) FILTER (WHERE available_at <= now())::integer AS ready,
         count(*) FILTER (WHERE available_at > now())::integer AS delayed
  FROM ready WHERE ${ofProjects}
) r`,
};
