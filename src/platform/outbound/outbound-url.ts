import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.js';
import { isLoopbackName, isMetadataName, LOOPBACK_ADDRESSES } from './host-names.js';
import { blocked, OutboundError } from './outbound-error.js';

/**
 * Reads a URL by the rules that need no policy: absolute, http or https, no user info.
 * The WHATWG parser also turns decimal, octal, hexadecimal, short and full-width IPv4 forms into dotted ones.
 * @throws OutboundError `invalid_url` or `outbound_blocked`
 */
export function parseOutboundUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new OutboundError('invalid_url', 'The URL is not an absolute http or https URL.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw blocked('scheme', `the scheme ${url.protocol}`, ' Only http and https can be called.');
  }
  if (url.username !== '' || url.password !== '') {
    throw blocked('userinfo', `a URL with user info for ${url.host}`, ' Send credentials in a header.');
  }
  return url;
}

/** A URL with the parts that a request needs. */
export interface OutboundTarget {
  url: URL;
  origin: string;
  hostname: string;
  /** Path and query. */
  path: string;
}

/** Read once: a job calls the same URL over and over. */
const targets = new Map<string, OutboundTarget>();
const MOST_TARGETS = 1_000;
/** Longer ones hold parameters, and so hardly come again. */
const LONGEST_KEPT = 300;

/**
 * The target that a URL names, which may be called as far as that can be told from the URL alone.
 * @throws OutboundError `invalid_url` or `outbound_blocked`
 */
export function outboundTarget(text: string): OutboundTarget {
  const known = targets.get(text);
  if (known) return known;
  const target = targetOf(parseOutboundUrl(text));
  if (text.length <= LONGEST_KEPT) {
    targets.set(text, target);
    const [oldest] = targets.size > MOST_TARGETS ? targets.keys() : [];
    if (oldest !== undefined) targets.delete(oldest);
  }
  return target;
}

/** The parts of a URL, which is not judged. */
export function targetOf(url: URL): OutboundTarget {
  const { origin, hostname } = url;
  return { url, origin, hostname, path: url.pathname + url.search };
}

/** The host as sockets and resolvers know it: an IPv6 literal without its brackets. */
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * Refuses hosts that can be judged without asking a resolver. Literals must be: sockets connect to them
 * without a look-up.
 * @throws OutboundError `outbound_blocked`
 */
export function checkHost(hostname: string, policy: AddressPolicy): void {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) {
    const rule = policy.ruleAgainst(host);
    if (rule !== null) throw blockedHost(rule, host);
  } else if (isMetadataName(host)) {
    throw blocked('metadata', `the host ${host}`);
  } else if (isLoopbackName(host) && allowedLoopback(policy).length === 0) {
    throw blockedHost('loopback', host);
  }
}

/** The loopback addresses that the policy opens. */
export function allowedLoopback(policy: AddressPolicy): string[] {
  return LOOPBACK_ADDRESSES.filter((address) => policy.ruleAgainst(address) === null);
}

export function blockedHost(rule: Parameters<typeof blocked>[0], host: string): OutboundError {
  return blocked(rule, `the host ${host}`, ' OUTBOUND_ALLOW opens networks that are not public.');
}
