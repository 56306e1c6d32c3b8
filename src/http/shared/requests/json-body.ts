import type { FastifyInstance } from 'fastify';
import { DomainError, invalid } from '../../../domain/errors.js';
import { inspectJson } from './json-inspection.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Makes JSON the only body that an application takes; everything else is a 415. The size limit stays with
 * Fastify (413). An empty body is none, whatever type it is said to have.
 */
export function acceptJsonBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-length'] === '0') delete request.headers['content-type'];
    done();
  });
  fastify.removeAllContentTypeParsers();
  for (const type of ['application/json', /^application\/[a-z0-9.-]+\+json(?:;|$)/]) {
    fastify.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, (_request, body, done) => {
      try {
        done(null, parseJsonBody(body));
      } catch (error) {
        done(error as Error);
      }
    });
  }
}

/**
 * The value of a JSON body; undefined for an empty one, as if no body had been sent.
 * @throws DomainError (`malformed_json`) for bytes that are not JSON in UTF-8, or (`validation_failed`) for
 *   text, names or depths that cannot be taken, naming each place
 */
function parseJsonBody(body: Buffer): unknown {
  const text = decoded(body);
  if (text.trim() === '') return undefined;
  const value = parsed(text);
  const faults = inspectJson(value);
  if (faults.length > 0) throw invalid(faults);
  return value;
}

function decoded(body: Buffer): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new DomainError('invalid', 'malformed_json', 'The body is not valid JSON: it is not UTF-8.');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as SyntaxError).message.replace(/ in JSON(?= at position)/, '');
    throw new DomainError('invalid', 'malformed_json', `The body is not valid JSON: ${reason}.`);
  }
}
