/** Where the Scheduler API stands. */
export const SCHEDULER_PATH = '/api/v1/scheduler';

/** Without the leading slash, as controllers take it. */
export const SCHEDULER_ROUTE = 'api/v1/scheduler';

/** The path of an execution. */
export function executionPath(id: string): string {
  return `${SCHEDULER_PATH}/executions/${id}`;
}

/** The path of a job. */
export function jobPath(id: string): string {
  return `${SCHEDULER_PATH}/jobs/${id}`;
}

/** Where jobs are imported, and how large such a request may be. */
export const IMPORT_PATH = `${SCHEDULER_PATH}/admin/import`;
export const IMPORT_LIMIT_BYTES = 32 * 1024 * 1024;
