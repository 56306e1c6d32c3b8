import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { described, type DescribedError } from '../errors/described-error.js';
import { type ErrorPresenter, presentError } from '../errors/error-presenter.js';
import { REQUEST_ID_HEADER, requestId } from './request-id.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** What Node's parser says of a request that it refuses. */
interface ClientError extends Error {
  readonly code?: string;
  readonly reason?: string;
  readonly rawPacket?: Buffer;
}

/** `GET /path?query HTTP/1.1`, if the packet that was refused begins with it. */
const REQUEST_LINE = /^([A-Z]+) (\/[^ ?]*)[^ ]*(?: HTTP\/|$)/;
const LINE_MAX_LENGTH = 4_096;

const logger = new Logger('HttpErrors');

/**
 * Answers what Node's parser refuses before there is a request, as all other errors: in the dialect of the path, as far as
 * that can be read, with a request id and the security headers. Stands in for Fastify's own answers.
 */
export function answerClientErrors(server: Server, presenters: readonly ErrorPresenter[]): void {
  server.removeAllListeners('clientError');
  server.on('clientError', (error: ClientError, socket: Socket) => {
    // Node keeps the answer that is being written there: into one that has begun nothing else may be written.
    const { _httpMessage: begun } = socket as { _httpMessage?: ServerResponse | null };
    if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent) {
      socket.destroy();
      return;
    }
    socket.write(answerTo(error, presenters));
    socket.destroySoon();
  });
}

function answerTo(error: ClientError, presenters: readonly ErrorPresenter[]): Buffer {
  const id = requestId({ headers: {} });
  const start = error.rawPacket?.subarray(0, LINE_MAX_LENGTH).toString('latin1') ?? '';
  const [, method = '', path = '/'] = REQUEST_LINE.exec(start) ?? [];
  logger.debug({ err: error, requestId: id, method, path });
  const { status, contentType, headers, body } = presentError(presenters, describe(error), {
    id,
    method,
    path,
  });
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const all = {
    ...SECURITY_HEADERS,
    ...headers,
    [REQUEST_ID_HEADER]: id,
    'content-type': contentType,
    'content-length': bytes.length,
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

function describe({ code, reason }: ClientError): DescribedError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = 'The path and the headers are larger than 16 KiB together.';
    return described('invalid', 'headers_too_large', message, { status: 431 });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return described('invalid', 'request_timeout', 'The request did not arrive in time.', { status: 408 });
  return described(
    'invalid',
    'malformed_request',
    `The request is not valid HTTP: ${reason ?? 'it ends early'}.`,
  );
}
