import { isSecretName, MASK } from './secret-names.js';

const URL_START = /^\s*[a-z][a-z0-9+.-]*:\/\//i;
/** Scheme, then all up to the last `@` before the path: passwords may hold an `@` themselves. */
const USERINFO = /^(\s*[a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i;
const AUTHORITY = /^\s*[a-z][a-z0-9+.-]*:\/\/[^/\\?#]*/i;
const WEB = new Set(['http:', 'https:']);
const PARAMETER = /([?&#;])([^=&#;?]+)=([^&#;]*)/g;

/** Replaces the userinfo and the secret-named query parameters of a URL; other text comes back as it is. */
export function maskUrl(text: string): string {
  if (!URL_START.test(text)) return text;
  return text
    .replace(USERINFO, (_, scheme: string, userinfo: string) => `${scheme}${maskUserinfo(userinfo)}@`)
    .replace(PARAMETER, (whole, separator: string, name: string, value: string) =>
      value !== '' && isSecretParameter(name) ? `${separator}${name}=${MASK}` : whole,
    );
}

/** Puts the secret parts of `stored` where `incoming` has their mask; they do not follow a URL to another origin. */
export function unmaskUrl(stored: string, incoming: string): string {
  if (!URL_START.test(incoming) || !URL_START.test(stored)) return incoming;
  if (originOf(stored) !== originOf(incoming)) return incoming;
  const secrets = secretParameters(stored);
  return incoming
    .replace(USERINFO, (whole, scheme: string, userinfo: string) => {
      const kept = USERINFO.exec(stored)?.[2];
      return kept !== undefined && userinfo === maskUserinfo(kept) ? `${scheme}${kept}@` : whole;
    })
    .replace(PARAMETER, (whole, separator: string, name: string, value: string) => {
      const kept = value === MASK ? secrets.get(name)?.shift() : undefined;
      return kept === undefined ? whole : `${separator}${name}=${kept}`;
    });
}

/** Whether a text leads to a place over the network; judged as the client that calls it would. */
export function isUrl(text: string): boolean {
  return URL_START.test(text) || (URL.canParse(text) && WEB.has(new URL(text).protocol));
}

/**
 * Where a URL leads: its scheme, host and port. Where only an attempt knows that, because a named secret is a part of
 * it, the text that decides it.
 */
export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const decidedByReference = url === null || (url.username + url.password !== '' && text.includes('${{'));
  if (!decidedByReference) return `${url.protocol}//${url.host}`;
  const shown = maskUrl(text);
  return AUTHORITY.exec(shown)?.[0] ?? shown;
}

/** Whether a URL has a mask where a secret belongs. */
export function hasMaskedPart(text: string): boolean {
  if (!URL_START.test(text)) return false;
  const userinfo = USERINFO.exec(text)?.[2];
  if (userinfo !== undefined && (userinfo === MASK || userinfo.endsWith(`:${MASK}`))) return true;
  return [...text.matchAll(PARAMETER)].some(
    ([, , name, value]) => value === MASK && isSecretParameter(name ?? ''),
  );
}

/** The secret parts of a URL: its password and secret-named parameters, also decoded; null for other text. */
export function secretPartsOfUrl(text: string): string[] | null {
  if (!URL_START.test(text)) return null;
  const userinfo = USERINFO.exec(text)?.[2] ?? '';
  const password = userinfo.slice(userinfo.indexOf(':') + 1);
  const parts = [password, ...[...secretParameters(text).values()].flat()];
  return [...new Set(parts.flatMap((part) => [part, decoded(part)]))].filter((part) => part !== '');
}

function maskUserinfo(userinfo: string): string {
  const colon = userinfo.indexOf(':');
  return colon < 0 ? MASK : `${userinfo.slice(0, colon)}:${MASK}`;
}

/** The values of the secret-named parameters by name, in their order. */
function secretParameters(url: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [, , name = '', value = ''] of url.matchAll(PARAMETER)) {
    if (value === '' || !isSecretParameter(name)) continue;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

function isSecretParameter(name: string): boolean {
  return isSecretName(decoded(name), 'parameter');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
