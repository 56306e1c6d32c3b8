import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import { keepQueryDefault } from './query-defaults.js';

/** Stands in for a text that is not what its field takes, until the check refuses it. */
export const UNCONVERTED = Symbol('unconverted');

export interface QueryField<T> {
  /** Names the rule. */
  readonly rule: string;
  /** The value that a text means. */
  readonly convert: (text: string) => T | typeof UNCONVERTED;
  /** Follows the field's name: "must be a whole number from 1 to 200". */
  readonly message: string;
  /** How OpenAPI documents it. */
  readonly schema: ApiPropertyOptions;
  /** The value when the field is not given. */
  readonly default?: unknown;
  /** Whether the field may be given several times; it is then a list. */
  readonly many?: boolean;
}

/**
 * One optional field of a query DTO: converted by an explicit rule, checked and documented. A field that is
 * given twice is at fault, unless it takes many.
 */
export function queryField<T>(field: QueryField<T>): PropertyDecorator {
  const convertOne = (text: unknown): unknown =>
    typeof text === 'string' ? field.convert(text) : UNCONVERTED;
  const convert = ({ value }: { value: unknown }): unknown => {
    if (value === undefined) return undefined;
    return field.many ? [value].flat().map(convertOne) : convertOne(value);
  };
  return applyDecorators(
    Transform(convert, { toClassOnly: true }),
    IsOptional(),
    ValidateBy({
      name: field.rule,
      validator: {
        validate: (value: unknown) => ![value].flat().includes(UNCONVERTED),
        defaultMessage: () => `$property ${field.message}`,
      },
    }),
    ApiPropertyOptional({
      ...field.schema,
      ...(field.default === undefined ? {} : { default: field.default }),
    }),
    (target: object, name: string | symbol) => {
      if (field.default !== undefined) keepQueryDefault(target, String(name), field.default);
    },
  );
}
