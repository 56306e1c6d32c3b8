import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';
import { DEFAULT_TIMEOUT_SECONDS } from '../../../domain/job/definition.js';
import * as limits from '../../../domain/job/limits.js';
import { FlowFieldsDto } from './flow-fields.dto.js';
import { IsStringMap } from './string-map.js';

export const RETRY_STRATEGIES = ['exponential', 'linear', 'fixed', 'custom'] as const;
export type RetryStrategyWord = (typeof RETRY_STRATEGIES)[number];
export const DEFAULT_MAX_ATTEMPTS = 3;
export const METADATA_LIMITS = limits.METADATA;

const TAG_LIMITS = {
  maxEntries: limits.TAGS_MAX_COUNT,
  maxKeyLength: 50,
  maxValueLength: 49,
  notInKeys: ':',
};
export const { SLUG } = limits;
const URL_MAX_LENGTH = 2_048;
const RETRY_DELAYS_MAX_COUNT = 100;

/** What can be said of a job when it is created and later. */
export class JobFieldsDto extends FlowFieldsDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: limits.NAME_MAX_LENGTH,
    description: 'Display name.',
    example: 'Sync inventory',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.NAME_MAX_LENGTH)
  name: string;

  @ApiProperty({
    type: String,
    pattern: SLUG.source,
    description: 'A name for paths, unique in the project.',
    example: 'sync-prices',
  })
  @Matches(SLUG, { message: '$property must be 1 to 100 letters, digits, dots, hyphens or underscores' })
  slug: string;

  @ApiProperty({
    type: String,
    maxLength: URL_MAX_LENGTH,
    description:
      'Where each run is posted to: {payload, metadata, job_id, run_id, attempt}, with the headers X-Run-ID, ' +
      'X-Job-ID, X-Attempt and Idempotency-Key (the id of the run). A 2xx completes the run.',
    example: 'https://your-service.example.com/jobs/sync',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(URL_MAX_LENGTH)
  endpoint_url: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: URL_MAX_LENGTH,
    description:
      'Called with the same body and headers in the same attempt, when `endpoint_url` cannot be connected to, breaks ' +
      'off, does not answer within two thirds of `timeout_secs`, or answers 429; it has all the time that is left. ' +
      'Its answer is the one of the attempt.',
    example: 'https://standby.example.com/jobs/sync',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(URL_MAX_LENGTH)
  fallback_endpoint_url?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: limits.DESCRIPTION_MAX_LENGTH,
    description: 'What the job is for.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(limits.DESCRIPTION_MAX_LENGTH)
  description?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: limits.LABEL_MAX_LENGTH,
    description: 'A label to filter by.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.LABEL_MAX_LENGTH)
  group_id?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: limits.LABEL_MAX_LENGTH,
    description: 'A label to filter by.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.LABEL_MAX_LENGTH)
  environment_id?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Five fields of cron; null: the job runs only when it is triggered.',
    example: '0 7 * * 1-5',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cron?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    default: 'UTC',
    description: 'The IANA timezone that `cron` is read in.',
    example: 'Europe/Berlin',
  })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  timezone?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'JSON Schema 2020-12; a trigger, replay or retry whose payload breaks it is refused, in both dialects. Patterns are ' +
      'matched in linear time, so they do without look-around and back references. Null: any payload will do.',
    example: { type: 'object', required: ['warehouse'] },
  })
  @IsOptional()
  @IsObject()
  payload_schema?: Record<string, Json> | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    description: 'Names and texts; at most 20. Other dialects see them as `name:text`.',
    example: { team: 'stock' },
  })
  @IsOptional()
  @IsStringMap(TAG_LIMITS)
  tags?: Record<string, string> | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    description: 'Metadata of every run; a trigger adds to it and overrides it.',
    example: { source: 'nightly' },
  })
  @IsOptional()
  @IsStringMap(METADATA_LIMITS)
  default_run_metadata?: Record<string, string> | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.ATTEMPTS_MAX,
    default: DEFAULT_MAX_ATTEMPTS,
    description: 'Attempts of a run at most, the first included.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.ATTEMPTS_MAX)
  max_attempts?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.TIMEOUT_MAX_SECONDS,
    default: DEFAULT_TIMEOUT_SECONDS,
    description: 'Longest duration of one attempt.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.TIMEOUT_MAX_SECONDS)
  timeout_secs?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 0,
    maximum: limits.PRIORITY_MAX,
    default: 0,
    description: 'Higher ones start first.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(limits.PRIORITY_MAX)
  priority?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.YEAR_SECONDS,
    description:
      'A trigger with the payload of another one within this time is answered with its run; null: never.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.YEAR_SECONDS)
  dedup_window_secs?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.YEAR_SECONDS,
    description: 'A run that has not started so long after it could expires and is never sent; null: never.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.YEAR_SECONDS)
  run_ttl_secs?: number | null;

  @ApiPropertyOptional({
    enum: RETRY_STRATEGIES,
    nullable: true,
    default: 'exponential',
    description:
      'How the pauses between attempts grow, from one second to one hour, ±20 %. `custom` takes them from `retry_delays_secs`.',
  })
  @IsOptional()
  @IsIn(RETRY_STRATEGIES)
  retry_strategy?: RetryStrategyWord | null;

  @ApiPropertyOptional({
    type: [Number],
    nullable: true,
    minItems: 1,
    maxItems: RETRY_DELAYS_MAX_COUNT,
    description: 'The pauses of `custom`, the last one repeated; at most one fewer than `max_attempts`.',
    example: null,
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(RETRY_DELAYS_MAX_COUNT)
  @IsNumber({}, { each: true })
  @Min(0, { each: true })
  @Max(limits.RETRY_DELAY_MAX_SECONDS, { each: true })
  retry_delays_secs?: number[] | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: URL_MAX_LENGTH,
    description:
      'Is told of the end of each run by a POST: {type, timestamp, data}, with `data` the run as here, and `type` such ' +
      'as run.completed. What is not answered with a 2xx is sent again for 24 hours. Null: nobody is told.',
    example: 'https://your-service.example.com/hooks/carillon',
  })
  @IsOptional()
  @IsString()
  @MaxLength(URL_MAX_LENGTH)
  webhook_url?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 512,
    description:
      'Signs what is sent to `webhook_url` by the Standard Webhooks scheme: `whsec_` and the base64 of 24 to 64 random ' +
      'bytes, or a text of 16 to 512 characters, whose bytes are the key then. Never shown again: reading answers ' +
      '`***`. Where it changes, the one before signs too for 24 hours. Null: nothing is signed.',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  webhook_secret?: string | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: true,
    description: 'False: it runs only when it is triggered.',
  })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean | null;
}

/** A job to create. */
export class CreateJobDto extends JobFieldsDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: limits.PROJECT_MAX_LENGTH,
    description: 'The project that it belongs to.',
    example: 'default',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.PROJECT_MAX_LENGTH)
  project_id: string;
}

/**
 * What to change of a job: absent fields stay, null goes back to the default; `name`, `slug` and `endpoint_url` have none and
 * cannot be null.
 */
export class UpdateJobDto extends PartialType(JobFieldsDto, { skipNullProperties: false }) {}
