import type { Caller } from './caller.js';

/** The projects whose jobs may use a named secret; null: those of every project. */
export type SecretProjects = readonly string[] | null;

type Reach = Pick<Caller, 'projects'>;

/** Whether jobs of a project may use a secret; to others it does not exist. */
export function servesProject(projects: SecretProjects, projectId: string): boolean {
  return projects === null || projects.includes(projectId);
}

/** Whether a secret exists for a caller: it does where a job within reach could use it. */
export function isSecretVisible(projects: SecretProjects, { projects: reached }: Reach): boolean {
  return reached === null || reached.some((projectId) => servesProject(projects, projectId));
}

/** Whether a caller may change a secret: no job out of reach may depend on it. */
export function mayChangeSecret(projects: SecretProjects, { projects: reached }: Reach): boolean {
  return reached === null || (projects !== null && projects.every((each) => reached.includes(each)));
}

/** What a caller is told of a secret's projects: the names of others are no concern of theirs. */
export function shownProjects(projects: SecretProjects, { projects: reached }: Reach): string[] | null {
  if (projects === null) return null;
  return projects.filter((each) => reached === null || reached.includes(each));
}

/** Why a caller may not give a secret these projects; null: nothing is wrong with them. */
export function projectsFault(wanted: SecretProjects, { projects: reached }: Reach): string | null {
  if (wanted === null)
    return reached === null ? null : 'must name projects: the token does not reach all of them';
  if (wanted.length === 0) return 'must name a project, and the token reaches none';
  const foreign = wanted.filter((each) => reached !== null && !reached.includes(each));
  return foreign.length === 0 ? null : `the token does not reach ${foreign.join(', ')}`;
}
