/** Where the dashboard lives; the session's cookie goes nowhere else. */
export const DASHBOARD = '/dashboard';
export const DASHBOARD_ROUTE = 'dashboard';
export const LOGIN = `${DASHBOARD}/login`;
export const LOGOUT = `${DASHBOARD}/logout`;
export const EXECUTIONS = `${DASHBOARD}/executions`;
export const JOBS = `${DASHBOARD}/jobs`;
export const ASSETS = `${DASHBOARD}/assets`;

const FORM_LIMIT_BYTES = 32 * 1024;

/** The routes that take forms, with the most bytes that they take. */
export const FORM_LIMITS: Readonly<Record<string, number>> = {
  [LOGIN]: FORM_LIMIT_BYTES,
  [LOGOUT]: FORM_LIMIT_BYTES,
};

/** The page of an execution. */
export const executionPath = (id: string): string => `${EXECUTIONS}/${id}`;
/** The page of a job. */
export const jobPath = (id: string): string => `${JOBS}/${id}`;
