import { DomainError } from '../../domain/errors.js';
import { projectFault, subjectFault } from '../../domain/job/caller.js';
import { AuthenticationError } from './authentication-error.js';
import { ACCESS_ROLES, type AccessRole, type Principal } from './principal.js';

/**
 * The principal that a verified token's claims describe.
 * A token that names no role is an operator; of several roles the strongest counts; a role that is not
 * known grants nothing.
 * @throws AuthenticationError (401) when `sub` or `exp` is missing, a claim has the wrong form, or a name in it
 *   could not be stored: who calls must be on record
 * @throws DomainError (403, `role_unknown`) when the token names roles, but none that is known
 */
export function principalFromClaims(claims: unknown): Principal {
  if (!isRecord(claims)) throw malformed('it carries no claims');
  const { sub, exp, projects } = claims;
  if (typeof sub !== 'string' || sub.trim() === '') throw malformed('the claim "sub" is missing');
  // The library checks an expiry that is there; a token without one would be valid for ever.
  if (typeof exp !== 'number') throw malformed('the claim "exp" is missing');
  refuse('sub', subjectFault(sub));
  return { subject: sub, role: strongestRole(claims), projects: projectsOf(projects) };
}

function strongestRole(claims: Record<string, unknown>): AccessRole {
  const named = [claims.role, claims.roles].filter((claim) => claim !== undefined && claim !== null);
  if (named.length === 0) return 'operator';
  const roles = named.flat();
  const strongest = ACCESS_ROLES.findLast((role) => roles.includes(role));
  if (strongest === undefined) {
    throw new DomainError(
      'forbidden',
      'role_unknown',
      `The token grants nothing here: its role must be one of ${ACCESS_ROLES.join(', ')}.`,
    );
  }
  return strongest;
}

function projectsOf(claim: unknown): string[] | null {
  if (claim === undefined || claim === null) return null;
  const projects: unknown[] | null = Array.isArray(claim) ? claim : null;
  if (!projects?.every((project) => typeof project === 'string')) {
    throw malformed('the claim "projects" must be a list of texts');
  }
  projects.forEach((project, index) => refuse(`projects.${index}`, projectFault(project)));
  return [...projects];
}

function refuse(claim: string, fault: string | null): void {
  if (fault !== null) throw malformed(`the claim "${claim}" ${fault}`);
}

function malformed(what: string): AuthenticationError {
  return new AuthenticationError('token_invalid', `The token is not valid: ${what}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
