/** Where the Jobs API stands. */
export const JOBS_API_PATH = '/v1';

/** Without the leading slash, as controllers take it. */
export const JOBS_ROUTE = 'v1/jobs';
export const RUNS_ROUTE = 'v1/runs';

/** The path of a job. */
export function jobPath(id: string): string {
  return `/${JOBS_ROUTE}/${id}`;
}

/** The path of a run. */
export function runPath(id: string): string {
  return `/${RUNS_ROUTE}/${id}`;
}

/** Bytes that the bodies of reports may have, by their routes as Fastify spells them. */
export const REPORT_BODY_LIMITS: Readonly<Record<string, number>> = {
  [`/${RUNS_ROUTE}/:id/heartbeat`]: 1_024,
  [`/${RUNS_ROUTE}/:id/progress`]: 32 * 1_024,
  [`/${RUNS_ROUTE}/:id/logs`]: 256 * 1_024,
};
