import { invalid } from '../../../domain/errors.js';
import { isIdentifier } from '../../../domain/identifier.js';
import { EXECUTIONS } from '../path.js';
import type { SearchQueryDto } from './search.query.dto.js';

const LOCAL_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?$/;

/**
 * The instant that a field for dates and times holds, read as UTC; undefined: it is empty.
 * @throws DomainError validation_failed
 */
export function instantIn(field: 'from' | 'until', text: string): Date | undefined {
  if (text === '') return undefined;
  const instant = new Date(`${text.replace(' ', 'T')}Z`);
  const isWhole = LOCAL_TIME.test(text) && !Number.isNaN(instant.getTime());
  // A day that a month does not have would become one of the next month.
  if (isWhole && instant.toISOString().startsWith(text.replace(' ', 'T'))) return instant;
  throw invalid([{ field, message: 'must be a date and time such as 2026-03-01T09:30; it is read as UTC' }]);
}

/**
 * The id that a page goes on after; undefined: it is the first.
 * @throws DomainError validation_failed
 */
export function pageBefore(text: string): string | undefined {
  if (text === '') return undefined;
  if (isIdentifier(text)) return text.toLowerCase();
  throw invalid([{ field: 'before', message: 'is not one that a page links to' }]);
}

/** The path of a page of the log. */
export function searchPath(query: SearchQueryDto, before: string | null = null): string {
  const { q, status, from, until } = query;
  const fields = new URLSearchParams(
    Object.entries({ q, status, from, until, before: before ?? '' }).filter(([, value]) => value !== ''),
  );
  return fields.size === 0 ? EXECUTIONS : `${EXECUTIONS}?${fields.toString()}`;
}
