import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';

/**
 * Keeps an eye on every mutating call, before any other guard can refuse it: what did not succeed is recorded
 * with its status once the answer is out. It lets every call pass.
 */
@Injectable()
export class AuditGuard implements CanActivate {
  constructor(private readonly trail: AuditTrail) {}

  canActivate(context: ExecutionContext): boolean {
    const call = this.trail.callOf(context);
    call?.reply.raw.once('close', () => void this.trail.refused(call));
    return true;
  }
}
