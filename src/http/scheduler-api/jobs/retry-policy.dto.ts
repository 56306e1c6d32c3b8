import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import type { RetryStrategy } from '../../../domain/execution/retry.js';
import { ATTEMPTS_MAX, RETRY_DELAY_MAX_SECONDS } from '../../../domain/job/limits.js';

export const RETRY_STRATEGIES = [
  'fixed',
  'linear',
  'exponential',
  'custom',
] as const satisfies readonly RetryStrategy[];

/** When a failed attempt is tried again, within the same execution. */
export class RetryPolicyDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: ATTEMPTS_MAX,
    description: 'All attempts of an execution, the first included; 1 means no retry.',
    example: 3,
  })
  @IsInt()
  @Min(1)
  @Max(ATTEMPTS_MAX)
  maxAttempts: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: RETRY_DELAY_MAX_SECONDS,
    default: 0,
    nullable: true,
    description:
      'Seconds before the second attempt. `linear` adds it each time, `exponential` doubles it each time: both need it to ' +
      'be above 0. Does not go with `custom`.',
    example: 30,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(RETRY_DELAY_MAX_SECONDS)
  delaySeconds?: number | null;

  @ApiPropertyOptional({
    enum: RETRY_STRATEGIES,
    default: 'fixed',
    nullable: true,
    description: 'How the delay grows from attempt to attempt.',
    example: 'exponential',
  })
  @IsOptional()
  @IsIn(RETRY_STRATEGIES)
  strategy?: RetryStrategy | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: RETRY_DELAY_MAX_SECONDS,
    nullable: true,
    description:
      'Upper bound of a delay, in seconds, not below `delaySeconds` and `delaysSeconds`. Default: one day.',
    example: 600,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(RETRY_DELAY_MAX_SECONDS)
  maxDelaySeconds?: number | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'number', minimum: 0, maximum: RETRY_DELAY_MAX_SECONDS },
    maxItems: ATTEMPTS_MAX,
    nullable: true,
    description:
      'The delays of `custom` in seconds, the last one repeated; at most one fewer than `maxAttempts`. Only goes with `custom`.',
    example: [10, 60, 600],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(ATTEMPTS_MAX)
  @IsNumber({}, { each: true })
  @Min(0, { each: true })
  @Max(RETRY_DELAY_MAX_SECONDS, { each: true })
  delaysSeconds?: number[] | null;

  @ApiPropertyOptional({
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0,
    nullable: true,
    description: 'Share of a delay that is random: 0.2 gives ±20 %. Does not go with `custom`.',
    example: 0.2,
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  jitter?: number | null;
}
