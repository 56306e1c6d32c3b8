import { parse } from 'node:querystring';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { invalid } from '../../../domain/errors.js';
import { inspectJson } from './json-inspection.js';

/**
 * Makes some routes take what a browser's form sends; everywhere else it stays a 415. A field that is given several times
 * becomes a list.
 * @param routes as Fastify spells them
 */
export function acceptForms(fastify: FastifyInstance, routes: readonly string[]): void {
  if (routes.length === 0) return;
  fastify.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (request, body, done) => {
      if (!routes.includes(request.routeOptions.url ?? '')) {
        done(new UnsupportedMediaTypeException());
        return;
      }
      const form = parse(body, '&', '=', { maxKeys: 0 });
      const faults = inspectJson(form);
      done(faults.length > 0 ? invalid(faults) : null, form);
    },
  );
}
