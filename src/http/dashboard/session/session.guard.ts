import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AdminSessions } from '../../../modules/auth/admin-sessions.js';
import { AuthenticationError } from '../../../modules/auth/authentication-error.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { sentSession } from './session-cookie.js';

/** Lets in who has a session. @throws AuthenticationError, which the dashboard answers by its login page */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly sessions: AdminSessions) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: Principal }>();
    const session = sentSession(request);
    if (session === null) throw new AuthenticationError('token_missing', 'Nobody is signed in.');
    request.user = this.sessions.read(session);
    return true;
  }
}
