import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../../config/settings.js';
import { ErrorFilter } from './errors/error.filter.js';
import type { ErrorPresenter } from './errors/error-presenter.js';
import { ProblemPresenter } from './errors/problem.presenter.js';
import { answerClientErrors } from './requests/client-errors.js';
import { acceptForms } from './requests/form-body.js';
import { refuseHeaders } from './requests/header-rules.js';
import { acceptJsonBodies } from './requests/json-body.js';
import { inspectParameters } from './requests/parameter-inspection.js';
import { REQUEST_ID_HEADER } from './requests/request-id.js';
import { RouteTable } from './requests/route-table.js';
import { SECURITY_HEADERS } from './requests/security-headers.js';
import { RequestValidationPipe } from './validation/request-validation.pipe.js';

/** Seconds that a browser may keep the answer to a preflight. */
const PREFLIGHT_SECONDS = 600;

export interface HttpOptions {
  /** The dialects' presenters; what none of them matches is answered as a plain problem. */
  readonly presenters?: readonly ErrorPresenter[];
  /** Routes (as Fastify spells them) whose bodies may be larger, with their limit in bytes. */
  readonly bodyLimits?: Readonly<Record<string, number>>;
  /** Routes that take the forms of browsers. */
  readonly forms?: readonly string[];
}

/**
 * Everything that all endpoints share: request ids, security headers, CORS, body parsing, validation and
 * error answers. For an application made with `createHttpAdapter()` and `{ bodyParser: false }`; call it
 * before `init` or `listen`.
 */
export function configureHttp(
  app: NestFastifyApplication,
  settings: Pick<Settings, 'corsOrigins'>,
  { presenters = [], bodyLimits = {}, forms = [] }: HttpOptions = {},
): void {
  const fastify = app.getHttpAdapter().getInstance();
  const routes = new RouteTable();
  const allPresenters = [...presenters, new ProblemPresenter()];
  watchRoutes(fastify, routes, bodyLimits);
  answerWithOwnHeaders(fastify);
  answerClientErrors(fastify.server, allPresenters);
  refuseHeaders(fastify);
  acceptJsonBodies(fastify);
  acceptForms(fastify, forms);
  fastify.addHook('preValidation', (request, _reply, done) => {
    inspectParameters(request);
    done();
  });
  if (settings.corsOrigins.length > 0) {
    app.enableCors({
      origin: [...settings.corsOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: [
        'Authorization',
        'Content-Type',
        'Idempotency-Key',
        'If-Match',
        'If-None-Match',
        'Last-Event-ID',
        'X-Request-Id',
      ],
      exposedHeaders: ['Content-Disposition', 'ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id'],
      maxAge: PREFLIGHT_SECONDS,
    });
  }
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(new ErrorFilter(allPresenters, routes));
}

function watchRoutes(
  fastify: FastifyInstance,
  routes: RouteTable,
  bodyLimits: Readonly<Record<string, number>>,
): void {
  fastify.addHook('onRoute', (route) => {
    routes.add(route.method, route.url);
    const bodyLimit = bodyLimits[route.url];
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}

function answerWithOwnHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers({ ...SECURITY_HEADERS, [REQUEST_ID_HEADER]: request.id });
    done();
  });
}
