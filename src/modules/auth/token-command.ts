import { parseArgs } from 'node:util';
import { ConfigurationError } from '../../config/configuration-error.js';
import { loadSettings } from '../../config/load-settings.js';
import { jwtSecret } from '../../config/secrets.js';
import { projectFault, subjectFault } from '../../domain/job/caller.js';
import { issueToken, type TokenRequest } from './issue-token.js';
import { ACCESS_ROLES } from './principal.js';

const USAGE = `Usage: npm run --silent token -- --sub <who> [--role viewer|operator|admin] [--expires 12h] [--projects a,b]

  --sub       who the token is for, as it will stand in the audit trail
  --role      viewer reads, operator reads and writes (default), admin everything
  --expires   lifetime: a number with s, m, h or d (default 12h)
  --projects  only these projects (default all)

The token alone goes to standard output.`;

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };
const LONGEST_SECONDS = 3650 * SECONDS.d;

class UsageError extends Error {}

/**
 * Prints a token for the installation that the environment describes; the server need not run.
 * @returns the exit code: 0 printed, 1 not possible here, 2 bad arguments
 */
export function runTokenCommand(
  args: string[],
  out: (text: string) => void = (text) => process.stdout.write(text),
  hint: (text: string) => void = (text) => process.stderr.write(text),
): number {
  try {
    const request = tokenRequest(args);
    const settings = loadSettings();
    if (settings.jwt.jwksUrl !== null) {
      hint(
        `Tokens come from the identity provider behind ${settings.jwt.jwksUrl}; Carillon only checks them.\n`,
      );
      return 1;
    }
    out(`${issueToken(request, jwtSecret(settings), settings.jwt)}\n`);
    hint('Send it as: Authorization: Bearer <token>\n');
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      hint(`${error.message}\n\n${USAGE}\n`);
      return 2;
    }
    hint(
      error instanceof ConfigurationError
        ? `${error.message}\n`
        : `No token could be made: ${String(error)}\n`,
    );
    return 1;
  }
}

function tokenRequest(args: string[]): TokenRequest {
  const { sub, role: roleName, expires, projects } = parsedArguments(args);
  if (sub === undefined || sub.trim() === '') throw new UsageError('--sub is missing.');
  refuse('--sub', subjectFault(sub));
  const role = ACCESS_ROLES.find((candidate) => candidate === (roleName ?? 'operator'));
  if (role === undefined)
    throw new UsageError(`--role "${roleName}" is not one of ${ACCESS_ROLES.join(', ')}.`);
  return {
    subject: sub,
    role,
    expiresInSeconds: lifetime(expires ?? '12h'),
    projects: projects === undefined ? null : projectList(projects),
  };
}

function parsedArguments(args: string[]): {
  sub?: string;
  role?: string;
  expires?: string;
  projects?: string;
} {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args, options: { sub: text, role: text, expires: text, projects: text } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function lifetime(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * SECONDS[(unit ?? 's') as keyof typeof SECONDS];
  if (!(seconds >= 1 && seconds <= LONGEST_SECONDS)) {
    throw new UsageError(
      `--expires "${text}" is not a number with s, m, h or d, such as 12h (at most 3650d).`,
    );
  }
  return seconds;
}

function projectList(text: string): string[] {
  const projects = text.split(',').map((project) => project.trim());
  if (projects.includes('')) throw new UsageError('--projects needs names, separated by commas.');
  for (const project of projects) refuse(`The project "${project}"`, projectFault(project));
  return projects;
}

/** What the API would refuse is not printed. */
function refuse(what: string, fault: string | null): void {
  if (fault !== null) throw new UsageError(`${what} ${fault}.`);
}
