import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../../domain/errors.js';

/**
 * Lets only forms of the dashboard itself pass: those of other sites carry their site's name in headers that no page
 * can forge. Who sends neither header is no browser of today and is refused, too.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (isSameOrigin(headers)) return true;
    throw new DomainError(
      'forbidden',
      'cross_origin',
      'This form must be sent from the dashboard itself. A proxy in between must pass on the header Host or X-Forwarded-Host.',
    );
  }
}

function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  // Browsers send that header over TLS and to this machine only; elsewhere the origin tells.
  const { origin, host } = headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  const [forwarded] = [headers['x-forwarded-host']].flat();
  return [host, forwarded].includes(new URL(origin).host);
}
