import { applyDecorators } from '@nestjs/common';
import { ValidateBy } from 'class-validator';
import { instantOfWallTime } from '../../domain/schedule/wall-time.js';
import { parseInstant } from '../shared/validation/instant.js';
import { queryField, UNCONVERTED } from '../shared/validation/query-field.js';

const EARLIEST = Date.UTC(1900, 0, 1);

/**
 * The instant that an ISO 8601 date-time names. Without `Z` or an offset it is a wall time in `timezone`.
 * @param timezone a valid IANA name
 * @returns null for everything else, and for years before 1900
 */
export function readDateTime(text: string, timezone: string): Date | null {
  const instant = parseInstant(text);
  if (instant !== null) return instant.getTime() < EARLIEST ? null : instant;
  const wall = parseInstant(`${text}Z`);
  if (wall === null || wall.getTime() < EARLIEST) return null;
  return new Date(instantOfWallTime(timezone, wall.getTime()));
}

/** A body field that holds an ISO 8601 date-time, with or without an offset; it stays a text. */
export function IsDateTime(): PropertyDecorator {
  return ValidateBy({
    name: 'isDateTime',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && readDateTime(value, 'UTC') !== null,
      defaultMessage: () =>
        '$property must be an ISO 8601 date-time from the year 1900 on, such as 2030-01-31T09:00:00Z',
    },
  });
}

/** A query field that holds an ISO 8601 date-time or date, as `Date`; without an offset it is UTC. */
export function QueryDateTime(description: string): PropertyDecorator {
  return applyDecorators(
    queryField({
      rule: 'queryDateTime',
      convert: (text) => {
        // A "+" that was not escaped arrives as a space.
        const whole = text.replace(/ (?=\d\d:?\d\d$)/, '+');
        return readDateTime(whole, 'UTC') ?? readDateTime(`${whole}T00:00:00Z`, 'UTC') ?? UNCONVERTED;
      },
      message: 'must be an ISO 8601 date-time such as 2026-03-01T09:30:00Z',
      schema: { type: String, format: 'date-time', description, example: '2026-03-01T09:30:00Z' },
    }),
  );
}
