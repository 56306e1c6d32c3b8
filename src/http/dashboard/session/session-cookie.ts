import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenSession } from '../../../modules/auth/admin-sessions.js';
import { DASHBOARD } from '../path.js';

const NAME = 'carillon_session';
/** Scripts cannot read it, other sites cannot have it sent, and it goes to the dashboard alone. */
const ATTRIBUTES = `Path=${DASHBOARD}; HttpOnly; SameSite=Strict`;

/** The session that a browser has sent, unchecked; null: none. */
export function sentSession({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === NAME && value) return value;
  }
  return null;
}

/** Gives a browser a session to keep. */
export function giveSession(request: FastifyRequest, reply: FastifyReply, session: OpenSession): void {
  setCookie(request, reply, session.value, session.lasts);
}

/** Makes a browser forget its session. */
export function takeSession(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, '', 0);
}

function setCookie(request: FastifyRequest, reply: FastifyReply, value: string, lasts: number): void {
  const secure = cameByTls(request) ? '; Secure' : '';
  reply.header('set-cookie', `${NAME}=${value}; ${ATTRIBUTES}; Max-Age=${lasts}${secure}`);
}

/** Behind a proxy that ends TLS the proxy says so, and so does the origin of the form. */
function cameByTls({ protocol, headers }: FastifyRequest): boolean {
  const [forwarded = ''] = [headers['x-forwarded-proto']].flat();
  return protocol === 'https' || /^\s*https\b/i.test(forwarded) || /^https:/i.test(headers.origin ?? '');
}
