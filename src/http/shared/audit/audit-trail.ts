import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Json } from '../../../domain/execution/outcome.js';
import { AuditLog } from '../../../modules/audit/audit-log.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { READS_ONLY } from '../../../modules/auth/reads-only.decorator.js';
import { DatabaseClock } from '../../../platform/clock/database-clock.js';
import { answeredId, callRecord } from './audited-call.js';
import { type AuditedTarget, AuditedTargets, targetOf } from './audited-targets.js';
import { NOT_AUDITED } from './not-audited.decorator.js';
import { AUDITED_IN_PASSING } from './audited-in-passing.decorator.js';

/** Where @nestjs/swagger keeps what @ApiOperation says. */
const API_OPERATION = 'swagger/apiOperation';
const READING_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const PATH_MAX_LENGTH = 2_000;

/** A request as the audit trail sees it. */
export interface AuditedRequest extends FastifyRequest {
  user?: Principal;
  /** It is on record, or about to be. */
  audited?: boolean;
}

/** A mutating call that is to be recorded. */
export interface AuditedCall {
  request: AuditedRequest;
  reply: FastifyReply;
  operation: string;
  /** What the path names. */
  target: AuditedTarget | null;
  inPassing: boolean;
}

/** Writes mutating calls to the audit log, those that succeed with what they changed. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly log: AuditLog,
    private readonly targets: AuditedTargets,
    private readonly clock: DatabaseClock,
    private readonly reflector: Reflector,
  ) {}

  /** The call that a handler is about to serve; null: it changes nothing. */
  callOf(context: ExecutionContext): AuditedCall | null {
    if (context.getType() !== 'http') return null;
    const request = context.switchToHttp().getRequest<AuditedRequest>();
    const handler = context.getHandler();
    const readsOnly = this.reflector.get<boolean | undefined>(READS_ONLY, handler) === true;
    const unaudited = this.reflector.getAllAndOverride<boolean | undefined>(NOT_AUDITED, [
      handler,
      context.getClass(),
    ]);
    if (READING_METHODS.includes(request.method) || readsOnly || unaudited === true) return null;
    const documented = this.reflector.get<{ operationId?: string } | undefined>(API_OPERATION, handler);
    return {
      request,
      reply: context.switchToHttp().getResponse<FastifyReply>(),
      operation: documented?.operationId ?? handler.name,
      target: targetOf(request.params as Record<string, string>),
      inPassing: this.reflector.get<boolean | undefined>(AUDITED_IN_PASSING, handler) === true,
    };
  }

  /** What a call is about as it stands; null: the path names nothing, or nothing that is there. */
  async present({ target, request, inPassing }: AuditedCall): Promise<Json> {
    if (target === null || inPassing || !request.user) return null;
    return this.targets.read(target, request.user);
  }

  /** Records a call that has succeeded. */
  async succeeded(call: AuditedCall, before: Json, answer: unknown): Promise<void> {
    call.request.audited = true;
    if (call.inPassing) void this.write(call, answeredId(answer), null, null);
    else {
      // An answer of text names what came out of the target, as the run of a workflow: that is what is kept.
      const about = call.target !== null && typeof answer !== 'string';
      const after = about ? await this.present(call) : callRecord(call.request.body, answer);
      await this.write(call, answeredId(answer), before, after);
    }
  }

  /** Records a call that was refused or has failed, once its answer is out. */
  async refused(call: AuditedCall): Promise<void> {
    if (!call.request.audited && call.request.user) await this.write(call, null, null, null);
  }

  private async write(call: AuditedCall, answered: string | null, before: Json, after: Json): Promise<void> {
    const { request, reply, operation } = call;
    const [named] = Object.values(request.params as Record<string, string>);
    await this.log.record({
      at: this.clock.now(),
      actor: request.user?.subject ?? '',
      role: request.user?.role ?? '',
      operation,
      method: request.method,
      path: request.url.slice(0, PATH_MAX_LENGTH),
      targetId: call.target?.reference ?? named ?? answered,
      status: reply.statusCode,
      before,
      after,
      requestId: request.id,
    });
  }
}
