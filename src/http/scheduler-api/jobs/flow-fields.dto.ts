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
import { ScheduleFieldsDto } from './schedule-fields.dto.js';
import { NestedList, NestedObject } from '../../shared/validation/nested.decorator.js';

export const WINDOW_MAX_LENGTH = 200;

/** Starts at most in any stretch of time. */
export class RateLimitDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: limits.RATE_LIMIT_MAX,
    description: 'Starts at most, further attempts of an execution included.',
    example: 100,
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
  windowSeconds: number;
}

/** A rate limit of its own for each value of a tag or payload field. */
export class KeyedRateLimitDto extends RateLimitDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: limits.TAG_MAX_LENGTH,
    description: 'A tag of the run, or else a top-level field of its payload.',
    example: 'warehouse',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.TAG_MAX_LENGTH)
  name: string;
}

/** When executions of a job may start, and which version of it carries them out. */
export class FlowFieldsDto extends ScheduleFieldsDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: limits.CONCURRENCY_MAX,
    nullable: true,
    description:
      'At most this many executions with one concurrency key at once; the key comes with a trigger of the Jobs API. ' +
      'Default: no limit.',
    example: 1,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.CONCURRENCY_MAX)
  maxConcurrencyPerKey?: number | null;

  @ApiPropertyOptional({
    type: RateLimitDto,
    nullable: true,
    description: 'Starts of the job, over all workers; executions wait, none is dropped. Default: no limit.',
  })
  @IsOptional()
  @NestedObject(() => RateLimitDto)
  rateLimit?: RateLimitDto | null;

  @ApiPropertyOptional({
    type: [KeyedRateLimitDto],
    maxItems: limits.RATE_LIMIT_KEYS_MAX_COUNT,
    nullable: true,
    description: 'Rate limits that each value of a tag or payload field has for itself. Default: none.',
  })
  @IsOptional()
  @NestedList(() => KeyedRateLimitDto, { max: limits.RATE_LIMIT_KEYS_MAX_COUNT })
  rateLimitKeys?: KeyedRateLimitDto[] | null;

  @ApiPropertyOptional({
    type: String,
    maxLength: WINDOW_MAX_LENGTH,
    nullable: true,
    description:
      'Five fields of cron, read in `timezone`: an execution starts only in a minute that matches, else it is delayed ' +
      'until the next one. Default: at any time.',
    example: '* 9-17 * * 1-5',
  })
  @IsOptional()
  @IsString()
  @MaxLength(WINDOW_MAX_LENGTH)
  executionWindow?: string | null;

  @ApiPropertyOptional({
    enum: VERSION_POLICIES,
    default: 'pin',
    nullable: true,
    description:
      'Which version carries out an execution: that of its enqueue (`pin`), the newest at its start (`latest`), or at ' +
      'its start the newest that only backwards compatible changes lead to (`minor`). The policy at the enqueue holds.',
  })
  @IsOptional()
  @IsIn(VERSION_POLICIES)
  versionPolicy?: VersionPolicy | null;

  @ApiPropertyOptional({
    type: Boolean,
    default: true,
    nullable: true,
    description:
      'Whether executions that were queued for the version before may be carried out by this one (`minor`). Stays for ' +
      'later changes until it is set again.',
  })
  @IsOptional()
  @IsBoolean()
  backwardsCompatible?: boolean | null;
}
