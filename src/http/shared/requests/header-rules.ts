import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { described, type DescribedError } from '../errors/described-error.js';
import { RefusedRequest } from '../errors/refused-request.js';

/** What Node itself answers with a 100, before anybody else sees the request. */
const EXPECT_CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

/**
 * Refuses requests by their headers, in the shape of the API: a missing `Host`, an `Expect` that cannot be met, a body that
 * is compressed. Left to Node, the first two would be answered without a word and the third taken for broken JSON.
 */
export function refuseHeaders(fastify: FastifyInstance): void {
  const { server } = fastify;
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  );
  // After the hooks of `onRequest`, so that pages of other origins may read the answer.
  fastify.addHook('preParsing', (request, _reply, _payload, done) => {
    const refusal = refusalOf(request.raw);
    if (refusal === null) done();
    else done(new RefusedRequest(refusal));
  });
}

function refusalOf({ httpVersion, headers }: IncomingMessage): DescribedError | null {
  // HTTP/1.0 knows neither of them.
  if (httpVersion === '1.1') {
    if (headers.host === undefined) return described('invalid', 'host_missing', 'Send the header "Host".');
    if (headers.expect !== undefined && !EXPECT_CONTINUE.test(headers.expect))
      return described('invalid', 'expectation_failed', 'Leave out the header "Expect".', { status: 417 });
  }
  return hasBody(headers) ? encodingRefusal(headers['content-encoding']) : null;
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function encodingRefusal(encoding: string | undefined): DescribedError | null {
  if (encoding === undefined || /^\s*(identity\s*)?$/i.test(encoding)) return null;
  return described(
    'unsupported_media_type',
    'unsupported_media_type',
    'The body must be sent as it is, not compressed: leave out the header "Content-Encoding".',
    { headers: { 'accept-encoding': 'identity' } },
  );
}
