import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { ADMIN_ONLY, requireRole } from './role.guard.js';

/** The policy AdminOnly: the caller's role must be admin. */
@Injectable()
export class AdminOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    requireRole(context, 'admin');
    return true;
  }
}

/** Closes a controller or a handler to everyone but admins. */
export function AdminOnly(): ClassDecorator & MethodDecorator {
  return applyDecorators(UseGuards(AdminOnlyGuard), SetMetadata(ADMIN_ONLY, true));
}
