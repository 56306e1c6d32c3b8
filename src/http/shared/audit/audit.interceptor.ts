import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, mergeMap, type Observable } from 'rxjs';
import { AuditTrail } from './audit-trail.js';

/** Records every mutating call that succeeds, with what it changed, before its answer goes out. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly trail: AuditTrail) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = this.trail.callOf(context);
    if (call === null) return next.handle();
    return from(this.trail.present(call)).pipe(
      mergeMap((before) =>
        next.handle().pipe(
          mergeMap(async (answer: unknown) => {
            await this.trail.succeeded(call, before, answer);
            return answer;
          }),
        ),
      ),
    );
  }
}
