import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthenticationError } from '../auth/authentication-error.js';
import { type RunClaim, RunTokens } from './run-tokens.js';

interface ReportingRequest {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  params: { id?: string };
  runClaim?: RunClaim;
}

/** Lets in who holds the token of the run in the path, as a bearer or in the header `X-Run-Token`; nobody else. */
@Injectable()
export class RunTokenGuard implements CanActivate {
  constructor(private readonly tokens: RunTokens) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ReportingRequest>();
    const claim = this.tokens.verify(tokenOf(request));
    if (claim.runId !== request.params.id?.toLowerCase())
      throw new AuthenticationError('token_invalid', 'The token is not valid: it is for another run.');
    request.runClaim = claim;
    return true;
  }
}

/** Hands a handler behind the `RunTokenGuard` what the token says. */
export const CurrentRun = createParamDecorator((_data: unknown, context: ExecutionContext): RunClaim => {
  const { runClaim } = context.switchToHttp().getRequest<ReportingRequest>();
  if (!runClaim) throw new AuthenticationError('token_missing', 'A run token is needed.');
  return runClaim;
});

function tokenOf({ headers }: ReportingRequest): string {
  const [bearer] = [headers.authorization].flat();
  const token = [headers['x-run-token']].flat()[0] ?? /^bearer (.+)$/i.exec(bearer ?? '')?.[1];
  if (token !== undefined) return token;
  throw new AuthenticationError(
    'token_missing',
    'A run token is needed: send that of the call, as "X-Run-Token: <token>" or "Authorization: Bearer <token>".',
  );
}
