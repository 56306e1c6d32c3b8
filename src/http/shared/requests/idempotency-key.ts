import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { invalid } from '../../../domain/errors.js';
import { keyFaults, type PlacedKey } from '../../../domain/execution/idempotency.js';
import { IDEMPOTENCY_KEY_MAX_LENGTH } from '../../../domain/job/limits.js';

const HEADERS = ['Idempotency-Key', 'X-Idempotency-Key'] as const;

/**
 * The key that a request gives so that it happens once; undefined: it has none.
 * @param inBody the field of the body that may have it, too
 * @throws DomainError validation_failed where it is too long, or another one in another place
 */
export function idempotencyKeyOf({ raw }: FastifyRequest, inBody?: PlacedKey): string | undefined {
  // A header that comes twice is two keys; Node would join them to one.
  const places: PlacedKey[] = HEADERS.flatMap((field) =>
    (raw.headersDistinct[field.toLowerCase()] ?? []).map((key) => ({ field, key })),
  );
  if (inBody !== undefined) places.push(inBody);
  const faults = keyFaults(places);
  if (faults.length > 0) throw invalid(faults);
  return places[0]?.key;
}

/** Documents the headers that a key may stand in. */
export function ApiIdempotencyKey(description: string): MethodDecorator {
  const schema = { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_MAX_LENGTH };
  return applyDecorators(...HEADERS.map((name) => ApiHeader({ name, required: false, description, schema })));
}
