import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AuthenticationError } from './authentication-error.js';
import type { Principal } from './principal.js';

/** Hands a handler the `Principal` that calls it. Not for `@Public()` handlers: there it is a 401. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal =>
  principalOf(context),
);

/** @throws AuthenticationError (401) when nobody has been authenticated */
export function principalOf(context: ExecutionContext): Principal {
  const { user } = context.switchToHttp().getRequest<{ user?: Principal }>();
  if (!user) throw new AuthenticationError('token_missing', 'A bearer token is needed.');
  return user;
}
