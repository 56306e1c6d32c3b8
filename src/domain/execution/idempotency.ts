import type { FieldFault } from '../errors.js';
import { IDEMPOTENCY_KEY_MAX_LENGTH } from '../job/limits.js';

/** A key that makes a trigger happen once, and where the request has it. */
export interface PlacedKey {
  field: string;
  key: string;
}

/**
 * What is wrong with the keys of one request, which may have its key in several places: two different ones leave open which
 * run is meant.
 */
export function keyFaults(places: readonly PlacedKey[]): FieldFault[] {
  const [first, ...others] = places;
  return [
    ...places.flatMap(({ field, key }) => lengthFaults(field, key)),
    ...others
      .filter(({ key }) => key !== first?.key)
      .map(({ field }) => ({ field, message: difference(field, first?.field) })),
  ];
}

function lengthFaults(field: string, key: string): FieldFault[] {
  if (key.length >= 1 && key.length <= IDEMPOTENCY_KEY_MAX_LENGTH) return [];
  return [{ field, message: `must have 1 to ${IDEMPOTENCY_KEY_MAX_LENGTH} characters` }];
}

function difference(field: string, other: string | undefined): string {
  if (field === other) return 'comes twice with different values; send one key';
  return `must be the same as ${other}, or be left out`;
}
