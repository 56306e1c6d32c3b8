import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ApiForbiddenResponse } from '@nestjs/swagger';
import { requireRole } from './role.guard.js';

/** The policy AdminOnly: the caller's role must be admin. */
@Injectable()
export class AdminOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    requireRole(context, 'admin');
    return true;
  }
}

/** Closes a controller or a handler to everyone but admins, and documents the 403. */
export function AdminOnly(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseGuards(AdminOnlyGuard),
    ApiForbiddenResponse({ description: 'The policy AdminOnly: the token needs the role admin.' }),
  );
}
