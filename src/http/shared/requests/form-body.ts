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
      const form = fieldsOf(body);
      const faults = inspectJson(form);
      done(faults.length > 0 ? invalid(faults) : null, form);
    },
  );
}

/** In one pass: thousands of names must not cost their square. */
function fieldsOf(body: string): Record<string, string | string[]> {
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body)) {
    const values = fields.get(name);
    if (values) values.push(value);
    else fields.set(name, [value]);
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => {
      const [first = '', ...others] = values;
      return [name, others.length > 0 ? values : first];
    }),
  );
}
