import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { invalid } from '../../../domain/errors.js';

/** A hostile URL must not produce a long answer. */
const MAX_FAULTS = 50;

/**
 * Refuses query parameters where an endpoint takes none: `?dryRun=true`, which others know, would be passed over, and what
 * was to be tried would be done.
 * @throws DomainError (`validation_failed`), naming each parameter
 */
@Injectable()
export class NoQueryInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!takesQuery(context)) {
      const { query } = context.switchToHttp().getRequest<FastifyRequest>();
      const names = Object.keys(query ?? {}).slice(0, MAX_FAULTS);
      const message = 'is not a known parameter: this endpoint takes no query';
      if (names.length > 0) throw invalid(names.map((field) => ({ field, message })));
    }
    return next.handle();
  }
}

/** Nest keeps the arguments of a handler under names such as `4:0`, the kind and the place. */
function takesQuery(context: ExecutionContext): boolean {
  const { name } = context.getHandler();
  const given = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), name) as object | undefined;
  return Object.keys(given ?? {}).some((argument) => argument.startsWith(`${RouteParamtypes.QUERY}:`));
}
