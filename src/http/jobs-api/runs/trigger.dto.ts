import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
} from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';
import { LINEAGE_LIMIT } from '../../../domain/execution/lineage.js';
import * as limits from '../../../domain/job/limits.js';
import { ANY_JSON } from '../../../executors/any-json.js';
import { parseInstant } from '../../shared/validation/instant.js';
import { NestedList } from '../../shared/validation/nested.decorator.js';
import { METADATA_LIMITS } from '../jobs/job-fields.dto.js';
import { IsStringMap } from '../jobs/string-map.js';

/** Of a UUID. */
const RUN_ID_LENGTH = 36;
export const BULK_LIMIT = 500;
export const BACKOFFS = ['exponential', 'linear', 'fixed'] as const;
export type BackoffWord = (typeof BACKOFFS)[number];

function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parseInstant(value) !== null,
      defaultMessage: () =>
        '$property must be an ISO 8601 instant with Z or an offset, such as 2030-01-31T09:00:00Z',
    },
  });
}

/** A run to start. */
export class TriggerDto {
  @ApiPropertyOptional({
    ...ANY_JSON,
    description: 'What the endpoint gets as `payload`: any JSON value.',
    example: { warehouse: 'Leeds' },
  })
  @Allow()
  payload?: Json;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    description: 'What the endpoint gets as `metadata`, beside that of the job.',
    example: { source: 'shop' },
  })
  @IsOptional()
  @IsStringMap(METADATA_LIMITS)
  metadata?: Record<string, string> | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    description: 'Kept with the run.',
    example: { ticket: 'T-17' },
  })
  @IsOptional()
  @IsStringMap(METADATA_LIMITS)
  tags?: Record<string, string> | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 0,
    maximum: limits.PRIORITY_MAX,
    description: "Instead of the job's.",
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(limits.PRIORITY_MAX)
  priority?: number | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Not before this instant; one that has passed: at once.',
  })
  @IsOptional()
  @IsInstant()
  scheduled_at?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: limits.IDEMPOTENCY_KEY_MAX_LENGTH,
    description:
      'Of all triggers of the job with one key the first makes a run, the others are answered with it, as long as it is ' +
      'kept. A single trigger may have it in the header `Idempotency-Key` or `X-Idempotency-Key` instead; in several ' +
      'places it must be the same.',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(limits.IDEMPOTENCY_KEY_MAX_LENGTH)
  idempotency_key?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: limits.CONCURRENCY_KEY_MAX_LENGTH,
    description: "The job's max_concurrency_per_key holds for the runs with one key; no key: it does not.",
    example: 'tenant-7',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(limits.CONCURRENCY_KEY_MAX_LENGTH)
  concurrency_key?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: RUN_ID_LENGTH,
    description: "The run that starts this one: a run of the job's project. Shown with the run.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(RUN_ID_LENGTH)
  parent_run_id?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: RUN_ID_LENGTH,
    description:
      `The run whose work this one goes on with: a run of the job's project. Its \`lineage_depth\` is one deeper; ` +
      `one of ${LINEAGE_LIMIT} is refused, so that runs cannot go on from each other for ever.`,
  })
  @IsOptional()
  @IsString()
  @MaxLength(RUN_ID_LENGTH)
  continuation_of?: string | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.ATTEMPTS_MAX,
    description: "Instead of the job's max_attempts.",
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.ATTEMPTS_MAX)
  max_attempts_override?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.TIMEOUT_MAX_SECONDS,
    description: "Instead of the job's timeout_secs.",
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.TIMEOUT_MAX_SECONDS)
  timeout_secs_override?: number | null;

  @ApiPropertyOptional({
    enum: BACKOFFS,
    nullable: true,
    description:
      "Instead of the job's retry_strategy. Where neither the run nor the job has a first pause, the others grow from one second.",
  })
  @IsOptional()
  @IsIn(BACKOFFS)
  retry_backoff?: BackoffWord | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    minimum: 0,
    maximum: limits.RETRY_DELAY_MAX_SECONDS,
    description:
      'The first pause between attempts; not above `retry_max_delay_secs`, nor 0 with a `retry_backoff` that grows from it. ' +
      "One above the job's longest pause is the longest of this run.",
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(limits.RETRY_DELAY_MAX_SECONDS)
  retry_initial_delay_secs?: number | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    minimum: 0,
    maximum: limits.RETRY_DELAY_MAX_SECONDS,
    description: 'The longest pause between attempts.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(limits.RETRY_DELAY_MAX_SECONDS)
  retry_max_delay_secs?: number | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description:
      "Writes each call and its answer into the run's log, at level `debug`: URL, headers, and up to 4 KB of the bodies. What is known to be secret is masked.",
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  debug_mode?: boolean | null;
}

/** Runs to start. */
export class BulkTriggerDto {
  @ApiProperty({
    type: [TriggerDto],
    minItems: 1,
    maxItems: BULK_LIMIT,
    description: 'The runs; all are recorded or none.',
  })
  @NestedList(() => TriggerDto, { min: 1, max: BULK_LIMIT })
  items: TriggerDto[];
}
