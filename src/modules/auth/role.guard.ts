import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../../domain/errors.js';
import { includesRole, type AccessRole } from './principal.js';
import { IS_PUBLIC } from './public.decorator.js';
import { READS_ONLY } from './reads-only.decorator.js';
import { principalOf } from './current-principal.decorator.js';

/** Marks what `AdminOnlyGuard` closes. */
export const ADMIN_ONLY = Symbol('admin-only');

const READING_METHODS = ['GET', 'HEAD'];

/** The global guard that keeps viewers to reading. It runs after `BearerGuard`. */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const marked = (key: symbol): boolean =>
      this.reflector.getAllAndOverride<boolean | undefined>(key, [
        context.getHandler(),
        context.getClass(),
      ]) === true;
    // The policy AdminOnly asks for more: asked for less first, a viewer would be told of a role that is not enough.
    if (marked(IS_PUBLIC) || marked(ADMIN_ONLY)) return true;
    const { method } = context.switchToHttp().getRequest<{ method: string }>();
    const reads = READING_METHODS.includes(method) || marked(READS_ONLY);
    requireRole(context, reads ? 'viewer' : 'operator');
    return true;
  }
}

/**
 * @throws DomainError (403, `role_insufficient`) when the caller's role does not include `needed`
 * @throws AuthenticationError (401) when nobody has been authenticated
 */
export function requireRole(context: ExecutionContext, needed: AccessRole): void {
  const { role } = principalOf(context);
  if (!includesRole(role, needed)) throw roleInsufficient(needed, role);
}

/** The refusal of a caller whose role does not include the one that is needed. */
export function roleInsufficient(needed: AccessRole, role: AccessRole): DomainError {
  return new DomainError(
    'forbidden',
    'role_insufficient',
    `This needs the role ${needed}; the token has the role ${role}.`,
  );
}
