import type { DomainError } from '../../../domain/errors.js';
import { isIdentifier } from '../../../domain/identifier.js';

/**
 * The id of a path, in lower case. A text that is no id is the id of nothing, so the answer is the same as
 * for an unknown one.
 * @throws DomainError what `notFound` makes of it
 */
export function parseId(value: string, notFound: (id: string) => DomainError): string {
  if (!isIdentifier(value)) throw notFound(value);
  return value.toLowerCase();
}
