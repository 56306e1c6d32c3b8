import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { requestId } from './request-id.js';
import { SECURITY_HEADERS } from './security-headers.js';

const DEFAULT_BODY_LIMIT_BYTES = 1024 * 1024;

/** Milliseconds that a client may take to send one whole request. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * The Fastify adapter of the API. Create the application with it and `{ bodyParser: false }`, then call
 * `configureHttp` before `init` or `listen`.
 */
export function createHttpAdapter(bodyLimitBytes: number = DEFAULT_BODY_LIMIT_BYTES): FastifyAdapter {
  return new FastifyAdapter({
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    requestIdHeader: false,
    genReqId: requestId,
    // A missing Host is refused by `refuseHeaders`, in the shape of the API.
    http: { requireHostHeader: false },
    routerOptions: { maxParamLength: 512 },
    // What the router itself refuses (a malformed URL, an over-long parameter) goes the way of all errors, but past hooks.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(SECURITY_HEADERS);
      void request.server.errorHandler(error, request, reply);
    },
  });
}
