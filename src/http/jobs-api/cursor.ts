import type { FastifyReply } from 'fastify';
import { type DomainError, invalid } from '../../domain/errors.js';
import { isIdentifier } from '../../domain/identifier.js';
import { QueryInteger, QueryText } from '../shared/validation/query-decorators.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

/** The query fields of every list. */
export class CursorQueryDto {
  @QueryInteger({ min: 1, max: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'Items at most.' })
  limit: number;

  @QueryText({
    maxLength: 100,
    description: 'Where to go on: as in the header `Link` of the previous answer.',
  })
  cursor?: string;
}

/** Documents the header that leads to the rest of a list. */
export const LINK_HEADER = {
  Link: {
    description: '`<path>; rel="next"` where there is more.',
    schema: { type: 'string' as const },
  },
};

/**
 * The id that a list goes on after; null: it starts.
 * @throws DomainError validation_failed
 */
export function idAfter(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  if (!isIdentifier(cursor)) throw unknownCursor();
  return cursor;
}

export function unknownCursor(): DomainError {
  return invalid([{ field: 'cursor', message: 'is not one that a list has answered' }]);
}

/**
 * Answers a page out of one item more than it holds, and with more to come its link.
 * @param cursorOf what the next page goes on after
 */
export function pageWithLink<T>(
  found: readonly T[],
  limit: number,
  cursorOf: (last: T) => string,
  url: string,
  reply: FastifyReply,
): T[] {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length > limit && last !== undefined) {
    const next = new URL(url, 'http://localhost');
    next.searchParams.set('cursor', cursorOf(last));
    reply.header('Link', `<${next.pathname}${next.search}>; rel="next"`);
  }
  return items;
}
