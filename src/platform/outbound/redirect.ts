import type { IncomingHttpHeaders } from 'node:http';
import { blocked, OutboundError } from './outbound-error.js';
import { type OutboundTarget, outboundTarget } from './outbound-url.js';

/** One request of a chain of redirects. */
export interface Hop {
  method: string;
  target: OutboundTarget;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer | null;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether the response asks for another request; a redirect without a `Location` is an answer of its own. */
export function isRedirect(status: number, headers: IncomingHttpHeaders): boolean {
  return REDIRECTS.has(status) && headers.location !== undefined;
}

/**
 * The request that a redirect asks for, by the rules of RFC 9110, 15.4 and the Fetch standard: 303 and a POST
 * under 301 or 302 become a GET without a body, all else is repeated.
 * To another origin go only headers that are known to hold no secret, since a secret may stand in any other.
 * @throws OutboundError `response_invalid` for an unreadable location, `outbound_blocked` from https to http or for a
 *   URL that may not be called
 */
export function redirected(hop: Hop, status: number, location: string): Hop {
  const { url: from, origin } = hop.target;
  if (!URL.canParse(location, from.href)) {
    throw new OutboundError('response_invalid', `${origin} redirects to something that is not a URL.`);
  }
  const url = new URL(location, from.href);
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw blocked('https-downgrade', `a redirect of ${origin} to http`);
  }
  const toGet = becomesGet(hop.method, status);
  const headers = Object.entries(hop.headers).filter(
    ([name]) => (isSameParty(from, url) || isHarmless(name)) && !(toGet && describesBody(name)),
  );
  return {
    method: toGet ? 'GET' : hop.method,
    target: outboundTarget(url.href),
    headers: Object.fromEntries(headers),
    body: toGet ? null : hop.body,
  };
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

/** The same origin, or the same host that moves from http to https on the standard ports. */
function isSameParty(from: URL, to: URL): boolean {
  const upgraded =
    from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === '';
  return from.origin === to.origin || (upgraded && from.hostname === to.hostname);
}

const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-type',
  'idempotency-key',
  'prefer',
  'traceparent',
  'user-agent',
]);

function isHarmless(name: string): boolean {
  const lower = name.toLowerCase();
  return HARMLESS.has(lower) || lower.startsWith('x-carillon-');
}

function describesBody(name: string): boolean {
  return /^content-/i.test(name);
}
