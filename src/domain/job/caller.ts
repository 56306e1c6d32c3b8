import { textFault } from './json-faults.js';
import { PROJECT_MAX_LENGTH, SUBJECT_MAX_LENGTH } from './limits.js';

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

/** What keeps a text from being the subject of a caller, who stands in the record of changes; null: nothing. */
export function subjectFault(subject: string): string | null {
  return nameFault(subject, SUBJECT_MAX_LENGTH);
}

/** What keeps a text from being the name of a project; null: nothing. */
export function projectFault(project: string): string | null {
  return project === '' ? 'must not be empty' : nameFault(project, PROJECT_MAX_LENGTH);
}

function nameFault(name: string, maxLength: number): string | null {
  return name.length > maxLength ? `must be at most ${maxLength} characters long` : textFault(name);
}
