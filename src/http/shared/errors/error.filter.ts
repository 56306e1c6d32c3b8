import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER } from '../requests/request-id.js';
import type { RouteTable } from '../requests/route-table.js';
import { describeError } from './describe-error.js';
import { described, type DescribedError } from './described-error.js';
import { isMalformedPath } from './http-errors.js';
import { type ErrorPresenter, type FailedRequest, presentError } from './error-presenter.js';

/** The one place where errors become answers: describes the error, and lets the path's dialect present it. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #logger = new Logger('HttpErrors');

  /** @param presenters in order; the last one must match every path */
  constructor(
    private readonly presenters: readonly ErrorPresenter[],
    private readonly routes: RouteTable,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const failed: FailedRequest = {
      id: request.id,
      method: request.method,
      path: request.url.split('?', 1)[0] ?? request.url,
    };
    // A path without a route is unknown, whatever else is wrong with the request.
    const isUnknown = request.is404 && !isMalformedPath(error);
    const description = isUnknown ? this.#unknownRoute(failed) : describeError(error);
    if (description.kind === 'internal') {
      this.#logger.error({ err: error, requestId: failed.id, method: failed.method, path: failed.path });
    }
    if (reply.sent || reply.raw.headersSent) return;
    this.#answer(reply, description, failed);
  }

  #answer(reply: FastifyReply, description: DescribedError, failed: FailedRequest): void {
    const { status, contentType, headers, body } = presentError(this.presenters, description, failed);
    void reply
      .code(status)
      .headers({ ...headers, [REQUEST_ID_HEADER]: failed.id })
      .header('content-type', contentType)
      // As bytes: to a text Fastify would add a charset, which JSON does not have.
      .send(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
  }

  #unknownRoute({ method, path }: FailedRequest): DescribedError {
    const methods = this.routes.methodsOf(path);
    if (methods.length === 0 || methods.includes(method))
      return described('not_found', 'route_not_found', `There is no ${path}.`);
    return described('method_not_allowed', 'method_not_allowed', `${path} does not take ${method}.`, {
      headers: { allow: methods.join(', ') },
    });
  }
}
