import { isDeepStrictEqual } from 'node:util';

/** Whether two values are the same once written as JSON: key order, classes and undefined fields do not matter. */
export function sameContent(a: object, b: object): boolean {
  return isDeepStrictEqual(asJson(a), asJson(b));
}

function asJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
