import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { type FieldFault, invalid } from '../../../domain/errors.js';

/** A hostile body must not produce a long answer. */
const MAX_FAULTS = 50;

/**
 * Refuses what is sent to an endpoint that takes no body, as `{"hardDelete": true}` with a DELETE: it would be lost
 * without a word. An empty body, `null` and `{}` pass, for many clients always send one.
 * @throws DomainError (`validation_failed`), naming each field
 */
@Injectable()
export class NoBodyInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { body } = context.switchToHttp().getRequest<FastifyRequest>();
    const faults = faultsOf(body);
    if (faults.length > 0) throw invalid(faults);
    return next.handle();
  }
}

function faultsOf(body: unknown): FieldFault[] {
  if (body === undefined || body === null) return [];
  if (typeof body !== 'object' || Array.isArray(body))
    return [{ field: 'body', message: 'must be left out' }];
  const message = 'is not a known field: this endpoint takes no body';
  return Object.keys(body)
    .slice(0, MAX_FAULTS)
    .map((field) => ({ field, message }));
}
