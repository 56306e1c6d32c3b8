import type { Json } from '../execution/outcome.js';
import { countsTokens, isSecretName, MASK } from './secret-names.js';
import { isReferenceOnly } from './secret-references.js';
import { hasMaskedPart, maskUrl, unmaskUrl } from './secret-urls.js';

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
 * `stored`, the stored value stays.
 */
export function keepMasked(stored: JsonObject, incoming: JsonObject): JsonObject {
  return mapEntries(incoming, (key, value) => keep(stored[key], value, isSecretName(key)));
}

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
  if (!isObject(incoming) || !isObject(stored)) return incoming;
  const pairIsSecret = secret || isSecretName(pairName(incoming) ?? '');
  return mapEntries(incoming, (key, value) =>
    keep(stored[key], value, secret || isSecretName(key) || (pairIsSecret && key === 'value')),
  );
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
