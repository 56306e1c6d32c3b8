import type { Json } from '../execution/outcome.js';
import { countsSomething, holdsCredentials, isSecretName, type Place, placeBelow } from './secret-names.js';

type JsonObject = Record<string, Json>;

/** What the names above a value in a configuration say of it. */
export interface Standing {
  place: Place;
  /** `whole`: every text and number in it is a secret; `texts`: it is one itself, an object is to be looked into. */
  secret: 'no' | 'texts' | 'whole';
  /** A number there is no secret. */
  numbersStay: boolean;
  /** It is an entry of a list. */
  isItem: boolean;
}

/** The standing of a configuration itself. */
export const ROOT: Standing = { place: 'configuration', secret: 'no', numbersStay: false, isItem: false };

/** The standing of the entries of a list. */
export function ofItems(list: Standing): Standing {
  return { ...list, isItem: true };
}

/** The standing of what an object has under a key. */
export function ofEntry(key: string, object: JsonObject, standing: Standing): Standing {
  if (standing.secret === 'whole') return { ...standing, isItem: false };
  const place = standing.secret === 'texts' ? 'credentials' : standing.place;
  const pair = isPairPlace(standing) ? pairOf(object) : null;
  const below = { place: placeBelow(key, place), isItem: false };
  if (pair?.key === key) return { ...below, secret: 'no', numbersStay: false };
  const name = pair !== null && key === 'value' ? pair.name : key;
  const secret = !isSecretName(name, place) ? 'no' : holdsCredentials(name) ? 'texts' : 'whole';
  return { ...below, secret, numbersStay: countsSomething(name) };
}

/** The name of a pair such as `{name: "X-Api-Key", value: "…"}`, or with `key` for `name`; null: it is none. */
export function pairName(object: JsonObject): string | null {
  return pairOf(object)?.name ?? null;
}

function pairOf(object: JsonObject): { key: string; name: string } | null {
  if (!('value' in object)) return null;
  const key = object.name === undefined || object.name === null ? 'key' : 'name';
  const name = object[key];
  return typeof name === 'string' ? { key, name } : null;
}

/** Headers, parameters and credentials are records, in which `key` and `value` are names, or lists of pairs. */
function isPairPlace({ place, secret, isItem }: Standing): boolean {
  return isItem || (secret === 'no' && (place === 'configuration' || place === 'body'));
}
