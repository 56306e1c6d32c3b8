import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { principalFound } from './authentication-error.js';
import { BearerStrategy } from './bearer.strategy.js';
import { IS_PUBLIC } from './public.decorator.js';

/** The global guard that finds out who is calling. It lets nobody pass without a token but to `@Public()`. */
@Injectable()
export class BearerGuard extends AuthGuard() {
  constructor(
    strategy: BearerStrategy,
    private readonly reflector: Reflector,
  ) {
    super({ defaultStrategy: strategy.name, session: false });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isPublic === true) return true;
    return (await super.canActivate(context)) === true;
  }

  /**
   * What passport found: an error of our own, a principal, or the library's reason for refusing the token.
   * @throws AuthenticationError (401), or DomainError (403 for an unknown role, 503 for missing keys)
   */
  override handleRequest<TUser>(error: unknown, principal: TUser | false | null, reason: unknown): TUser {
    return principalFound(error, principal, reason);
  }
}
