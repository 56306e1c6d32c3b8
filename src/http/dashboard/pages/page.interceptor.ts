import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { isHtml } from './html.js';
import { PAGE_HEADERS } from './page-headers.js';

/** Sends what a handler answers as a page. */
@Injectable()
export class PageInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    context
      .switchToHttp()
      .getResponse<FastifyReply>()
      .headers({ ...PAGE_HEADERS });
    return next.handle().pipe(map((answer: unknown) => (isHtml(answer) ? answer.text : answer)));
  }
}
