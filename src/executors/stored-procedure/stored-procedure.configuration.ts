import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { Json } from '../../domain/execution/outcome.js';

export const DEFAULT_MAX_ROWS = 1_000;
export const MOST_ROWS = 10_000;

/** Calls a stored procedure or function on a data source that the administrator named in `DATA_SOURCES`. */
export class StoredProcedureConfiguration {
  @ApiProperty({ example: 'reporting', description: 'Name of a data source of the server (`DATA_SOURCES`).' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  dataSource: string;

  @ApiPropertyOptional({
    example: 'billing',
    description:
      'The schema of the routine (on MySQL and MariaDB the database). Default: where the connection looks by itself.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  schema?: string;

  @ApiProperty({
    example: 'close_month',
    description:
      'The name of a procedure or function, written exactly as it is stored; it is quoted, never parsed.',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  procedure: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['integer', 'text'],
    description:
      'PostgreSQL: the types of the input parameters in order, to choose between routines of the same name. ' +
      'Needed only where the names of the parameters leave a choice.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  signature?: string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { month: '2030-01-01', dry_run: false },
    description:
      'The input parameters by name; one without a name is called `$1`, `$2`, … by its place. Parameters with a ' +
      'default may be left out. A trigger with an object as payload overrides parameters of the same name; names ' +
      'that are not set here cannot be set by it.',
  })
  @IsObject()
  parameters: Record<string, Json>;

  @ApiPropertyOptional({
    minimum: 1,
    maximum: MOST_ROWS,
    default: DEFAULT_MAX_ROWS,
    description: 'The most rows to keep as output; further ones are left out and `truncated` says so.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_ROWS)
  maxRows?: number;
}
