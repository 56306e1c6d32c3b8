import type { Json } from '../execution/outcome.js';
import { maskSecrets } from './mask-secrets.js';
import { secretPartsOfUrl } from './secret-urls.js';

type JsonObject = Record<string, Json>;
/** A shorter path of a URL is too common to be taken for a secret. */
const SHORTEST_PATH = 8;

type Replace = (value: string | number) => Json;

/** A copy of a configuration in which `replace` has made something else of each value that a view would mask. */
export function replaceSecretValues(configuration: JsonObject, replace: Replace): JsonObject {
  return replaceWhereMasked(configuration, maskSecrets(configuration), replace) as JsonObject;
}

/**
 * The secrets in a value that a view would mask, as they may turn up elsewhere: the whole text, what follows an
 * authorization scheme, the password of Basic credentials, the secret parts of a URL.
 */
export function secretTexts(value: string | number): string[] {
  const text = String(value);
  const inUrl = secretPartsOfUrl(text);
  if (inUrl !== null) return inUrl;
  const [, scheme, credentials] = /^\s*([A-Za-z][A-Za-z0-9-]*)\s+(\S+)\s*$/.exec(text) ?? [];
  if (scheme === undefined || credentials === undefined) return [text];
  return scheme.toLowerCase() === 'basic'
    ? [text, credentials, ...basicPassword(credentials)]
    : [text, credentials];
}

/** The value of a named secret as it may turn up elsewhere: the whole, and the path of a URL, as webhooks have it. */
export function namedSecretTexts(value: string): string[] {
  if (!URL.canParse(value)) return [value];
  const { pathname, search } = new URL(value);
  const path = `${pathname}${search}`.slice(1);
  return path.length >= SHORTEST_PATH ? [value, path] : [value];
}

function basicPassword(credentials: string): string[] {
  const decoded = Buffer.from(credentials, 'base64').toString();
  const colon = decoded.indexOf(':');
  return colon < 0 ? [] : [decoded.slice(colon + 1)];
}

function replaceWhereMasked(value: Json, masked: Json | undefined, replace: Replace): Json {
  if (typeof value === 'string' || typeof value === 'number')
    return value === masked ? value : replace(value);
  if (typeof value !== 'object' || value === null || typeof masked !== 'object' || masked === null)
    return value;
  const counterparts = masked as Record<string, Json>;
  if (Array.isArray(value))
    return value.map((item, index) => replaceWhereMasked(item, counterparts[index], replace));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, replaceWhereMasked(inner, counterparts[key], replace)]),
  );
}
