/** On whose behalf a job is read or changed. */
export interface Caller {
  /** The person or service, as the token says. */
  readonly subject: string;
  /** The only projects whose jobs exist for this caller; null: all. */
  readonly projects: readonly string[] | null;
}

/** The project of jobs that no dialect or token names another for. */
const DEFAULT_PROJECT = 'default';

/** Whether jobs of a project exist for a caller. */
export function mayAccess(caller: Pick<Caller, 'projects'>, projectId: string): boolean {
  return caller.projects === null || caller.projects.includes(projectId);
}

/** The project that a caller's new jobs belong to when the request names none. */
export function homeProject(caller: Pick<Caller, 'projects'>): string {
  return mayAccess(caller, DEFAULT_PROJECT) ? DEFAULT_PROJECT : (caller.projects?.[0] ?? DEFAULT_PROJECT);
}
