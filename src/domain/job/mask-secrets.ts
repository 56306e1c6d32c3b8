import type { Json } from '../execution/outcome.js';
import { MASK } from './secret-names.js';
import { isReferenceOnly } from './secret-references.js';
import { ofEntry, ofItems, pairName, ROOT, type Standing } from './secret-standing.js';
import { hasMaskedPart, isUrl, maskUrl, originOf, unmaskUrl } from './secret-urls.js';

type JsonObject = Record<string, Json>;

/** What a text under `auth` may say instead of credentials. */
const AUTH_WAY = /^(?:none|basic|bearer|digest|oauth2?|api[_-]?key|token|jwt|hmac|ntlm)$/i;

/**
 * A copy of a configuration that may be shown: values under secret-looking names, at any depth, and secret parts of URLs
 * are replaced by `***`. Headers, parameters and bodies have rules of their own (`secret-names.ts`). Pairs such as
 * `{name: "X-Api-Key", value: "…"}` count as names too.
 */
export function maskSecrets(configuration: JsonObject): JsonObject {
  return mask(configuration, ROOT) as JsonObject;
}

/**
 * What an update means that was made from a masked view: wherever `incoming` has the mask of a value of
 * `stored`, the stored value stays. Not so in an object with a URL that leads elsewhere than the stored one: who
 * cannot see a secret must not have it sent to a host of their own. Its masks stay, for `maskedPaths` to find.
 */
export function keepMasked(stored: JsonObject, incoming: JsonObject): JsonObject {
  return keep(stored, incoming, ROOT) as JsonObject;
}

/** What is wrong with a mask that `maskedPaths` found. */
export const MASK_FAULT =
  'is the mask of a secret that is not stored here, or was stored for a URL of another origin ' +
  '(scheme, host and port); send the secret itself';

/** Paths where a mask stands in place of a secret, as in `headers.Authorization`: nothing there to run with. */
export function maskedPaths(configuration: JsonObject): string[] {
  return pathsIn(configuration, '', ROOT);
}

function mask(value: Json, standing: Standing): Json {
  if (typeof value === 'string') return standing.secret === 'no' ? maskUrl(value) : maskText(value, standing);
  if (typeof value === 'number') return standing.secret === 'no' || standing.numbersStay ? value : MASK;
  if (Array.isArray(value)) return value.map((item) => mask(item, ofItems(standing)));
  if (!isObject(value)) return value;
  return mapEntries(value, (key, inner) => mask(inner, ofEntry(key, value, standing)));
}

/** A reference names a secret and is none, and `auth` may say only in which way somebody authenticates. */
function maskText(text: string, { secret }: Standing): string {
  const isHarmless = text === '' || isReferenceOnly(text) || (secret === 'texts' && AUTH_WAY.test(text));
  return isHarmless ? text : MASK;
}

function keep(stored: Json | undefined, incoming: Json, standing: Standing): Json {
  if (stored === undefined) return incoming;
  if (incoming === MASK && standing.secret !== 'no' && !isCompound(stored)) return stored;
  if (typeof incoming === 'string')
    return typeof stored === 'string' ? unmaskUrl(stored, incoming) : incoming;
  if (Array.isArray(incoming)) {
    return Array.isArray(stored)
      ? incoming.map((item, i) => keep(counterpart(stored, item, i), item, ofItems(standing)))
      : incoming;
  }
  if (!isObject(incoming) || !isObject(stored) || leadsElsewhere(stored, incoming)) return incoming;
  return mapEntries(incoming, (key, value) => keep(stored[key], value, ofEntry(key, incoming, standing)));
}

/** Whether a URL of `incoming` itself, not of what it holds further down, leads where none of its key did. */
function leadsElsewhere(stored: JsonObject, incoming: JsonObject): boolean {
  return Object.entries(incoming).some(([key, value]) => {
    const before = new Set(originsOf(key, stored[key]));
    return originsOf(key, value).some((origin) => !before.has(origin));
  });
}

/** The origins of a URL or of a list of them. What stands under `url` is one, whatever it looks like. */
function originsOf(key: string, value: Json | undefined): string[] {
  const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
  return texts.filter((text) => /url$/i.test(key) || isUrl(text)).map(originOf);
}

/** A named pair is found by its name, so that reordering a list mixes up no secrets; others by position. */
function counterpart(stored: Json[], item: Json, index: number): Json | undefined {
  const name = isObject(item) ? pairName(item) : null;
  if (name === null || name === MASK) return stored[index];
  return stored.find((candidate) => isObject(candidate) && pairName(candidate) === name);
}

function pathsIn(value: Json, path: string, standing: Standing): string[] {
  if (typeof value === 'string')
    return (standing.secret !== 'no' && value === MASK) || hasMaskedPart(value) ? [path] : [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => pathsIn(item, `${path}.${i}`, ofItems(standing)));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    pathsIn(inner, path === '' ? key : `${path}.${key}`, ofEntry(key, value, standing)),
  );
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCompound(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function mapEntries(object: JsonObject, map: (key: string, value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));
}
