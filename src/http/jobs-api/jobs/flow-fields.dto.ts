import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import * as limits from '../../../domain/job/limits.js';
import { VERSION_POLICIES, type VersionPolicy } from '../../../domain/job/version-policy.js';
import { NestedList } from '../../shared/validation/nested.decorator.js';

const WINDOW_MAX_LENGTH = 200;

/** A rate limit of its own for each value of a tag or payload field. */
export class RateLimitKeyDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: limits.TAG_MAX_LENGTH,
    description: 'A tag of the run, or else a top-level field of its payload, or else a tag of the job.',
    example: 'warehouse',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.TAG_MAX_LENGTH)
  name: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: limits.RATE_LIMIT_MAX,
    description: 'Starts with one value at most.',
    example: 10,
  })
  @IsInt()
  @Min(1)
  @Max(limits.RATE_LIMIT_MAX)
  max: number;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: limits.YEAR_SECONDS,
    description: 'In any stretch of so many seconds.',
    example: 60,
  })
  @IsInt()
  @Min(1)
  @Max(limits.YEAR_SECONDS)
  window_secs: number;
}

/** When runs may start, and which version of the job carries them out. */
export class FlowFieldsDto {
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.CONCURRENCY_MAX,
    description: 'Runs at once at most, over all workers; null: no limit.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.CONCURRENCY_MAX)
  max_concurrency?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.CONCURRENCY_MAX,
    description:
      'Runs with one `concurrency_key` at once at most, over all workers; null: no limit. Runs without a key have none.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.CONCURRENCY_MAX)
  max_concurrency_per_key?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.RATE_LIMIT_MAX,
    description:
      'Starts at most in any `rate_limit_window_secs`, over all workers, further attempts included. Runs wait; none is dropped.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.RATE_LIMIT_MAX)
  rate_limit_max?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.YEAR_SECONDS,
    description: 'The stretch of time that `rate_limit_max` holds for.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.YEAR_SECONDS)
  rate_limit_window_secs?: number | null;

  @ApiPropertyOptional({
    type: [RateLimitKeyDto],
    nullable: true,
    maxItems: limits.RATE_LIMIT_KEYS_MAX_COUNT,
    description: 'Rate limits that each value of a tag or payload field has for itself.',
  })
  @IsOptional()
  @NestedList(() => RateLimitKeyDto, { max: limits.RATE_LIMIT_KEYS_MAX_COUNT })
  rate_limit_keys?: RateLimitKeyDto[] | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: WINDOW_MAX_LENGTH,
    description:
      'Five fields of cron, read in `timezone`: a run starts only in a minute that matches, else it is `delayed` until the next one.',
    example: '* 9-17 * * 1-5',
  })
  @IsOptional()
  @IsString()
  @MaxLength(WINDOW_MAX_LENGTH)
  execution_window_cron?: string | null;

  @ApiPropertyOptional({
    enum: VERSION_POLICIES,
    nullable: true,
    default: 'pin',
    description:
      'Which version carries out a run: that of its trigger (`pin`), the newest at its start (`latest`), or at its start ' +
      'the newest that only backwards compatible changes lead to (`minor`). The policy at the trigger holds.',
  })
  @IsOptional()
  @IsIn(VERSION_POLICIES)
  version_policy?: VersionPolicy | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: true,
    description:
      'Whether runs that were triggered for the version before may be carried out by this one (`minor`). Stays for later changes until it is set again.',
  })
  @IsOptional()
  @IsBoolean()
  backwards_compatible?: boolean | null;
}
