import type { Json } from '../execution/outcome.js';
import { countsTokens, isSecretName, MASK } from './secret-names.js';
import { isReferenceOnly } from './secret-references.js';
import { hasMaskedPart, isUrl, maskUrl, originOf, unmaskUrl } from './secret-urls.js';

type JsonObject = Record<string, Json>;

/**
 * A copy of a configuration that may be shown: values under secret-looking keys, at any depth, and secret
 * parts of URLs are replaced by `***`. Pairs such as `{name: "X-Api-Key", value: "…"}` count as keys too.
 */
export function maskSecrets(configuration: JsonObject): JsonObject {
  return mapEntries(configuration, maskEntry);
}

/**
 * What an update means that was made from a masked view: wherever `incoming` has the mask of a value of
 * `stored`, the stored value stays. Not so in an object with a URL that leads elsewhere than the stored one: who
 * cannot see a secret must not have it sent to a host of their own. Its masks stay, for `maskedPaths` to find.
 */
export function keepMasked(stored: JsonObject, incoming: JsonObject): JsonObject {
  if (leadsElsewhere(stored, incoming)) return incoming;
  return mapEntries(incoming, (key, value) => keep(stored[key], value, isSecretName(key)));
}

/** What is wrong with a mask that `maskedPaths` found. */
export const MASK_FAULT =
  'is the mask of a secret that is not stored here, or was stored for a URL of another origin ' +
  '(scheme, host and port); send the secret itself';

/** Paths where a mask stands in place of a secret, as in `headers.Authorization`: nothing there to run with. */
export function maskedPaths(configuration: JsonObject): string[] {
  return Object.entries(configuration).flatMap(([key, value]) => pathsIn(value, key, isSecretName(key)));
}

function maskEntry(key: string, value: Json): Json {
  return isSecretName(key) ? maskAll(value, countsTokens(key)) : maskWithin(value);
}

function maskWithin(value: Json): Json {
  if (typeof value === 'string') return maskUrl(value);
  if (Array.isArray(value)) return value.map(maskWithin);
  if (!isObject(value)) return value;
  const pairValueIsSecret = isSecretName(pairName(value) ?? '');
  return mapEntries(value, (key, inner) =>
    pairValueIsSecret && key === 'value' ? maskAll(inner, false) : maskEntry(key, inner),
  );
}

/** Masks every text and number below a secret key; numbers stay where the key counts tokens. */
function maskAll(value: Json, numbersStay: boolean): Json {
  // A reference names a secret and is none.
  if (typeof value === 'string') return value === '' || isReferenceOnly(value) ? value : MASK;
  if (typeof value === 'number') return numbersStay ? value : MASK;
  if (Array.isArray(value)) return value.map((item) => maskAll(item, numbersStay));
  return isObject(value) ? mapEntries(value, (_, inner) => maskAll(inner, numbersStay)) : value;
}

function keep(stored: Json | undefined, incoming: Json, secret: boolean): Json {
  if (stored === undefined) return incoming;
  if (incoming === MASK && secret && !isCompound(stored)) return stored;
  if (typeof incoming === 'string')
    return typeof stored === 'string' ? unmaskUrl(stored, incoming) : incoming;
  if (Array.isArray(incoming)) {
    return Array.isArray(stored)
      ? incoming.map((item, i) => keep(counterpart(stored, item, i), item, secret))
      : incoming;
  }
  if (!isObject(incoming) || !isObject(stored) || leadsElsewhere(stored, incoming)) return incoming;
  const pairIsSecret = secret || isSecretName(pairName(incoming) ?? '');
  return mapEntries(incoming, (key, value) =>
    keep(stored[key], value, secret || isSecretName(key) || (pairIsSecret && key === 'value')),
  );
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
  if (name === null) return stored[index];
  return stored.find((candidate) => isObject(candidate) && pairName(candidate) === name);
}

function pathsIn(value: Json, path: string, secret: boolean): string[] {
  if (typeof value === 'string') return (secret && value === MASK) || hasMaskedPart(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => pathsIn(item, `${path}.${i}`, secret));
  if (!isObject(value)) return [];
  const pairIsSecret = secret || isSecretName(pairName(value) ?? '');
  return Object.entries(value).flatMap(([key, inner]) =>
    pathsIn(inner, `${path}.${key}`, secret || isSecretName(key) || (pairIsSecret && key === 'value')),
  );
}

function pairName(value: JsonObject): string | null {
  if (!('value' in value)) return null;
  const name = value.name ?? value.key;
  return typeof name === 'string' ? name : null;
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
