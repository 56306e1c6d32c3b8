import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import type { Json } from '../../../domain/execution/outcome.js';
import { VERSION_POLICIES, type VersionPolicy } from '../../../domain/job/version-policy.js';
import { RateLimitKeyDto } from './flow-fields.dto.js';
import { RETRY_STRATEGIES, type RetryStrategyWord } from './job-fields.dto.js';

const ID = '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20';
const INSTANT = '2030-01-04T09:15:00.000Z';

const text = (description: string, example?: string | null) => ({
  type: String,
  nullable: true,
  description,
  example: example ?? null,
});
const whole = (description: string, example: number | null, nullable = false) => ({
  type: 'integer' as const,
  nullable,
  description,
  example,
});
const texts = (description: string, example: object) => ({
  type: 'object' as const,
  additionalProperties: { type: 'string' as const },
  description,
  example,
});

const COMPATIBLE = {
  type: Boolean,
  description: 'Whether runs that were triggered for the version before may be carried out by this one.',
  example: true,
};

/** What a job and a version of it have in common. */
export class JobContentDto {
  @ApiProperty({ type: String, description: 'Display name.', example: 'Sync inventory' })
  name: string;

  @ApiProperty(text('A name for paths; null: the job was made in another dialect.', 'sync-inventory'))
  slug: string | null;

  @ApiProperty(text('What the job is for.', 'Tells the shop what is in stock.'))
  description: string | null;

  @ApiProperty(
    text(
      'When it runs; null: only when it is triggered, or on a schedule of another dialect.',
      '0 7 * * 1-5',
    ),
  )
  cron: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'JSON Schema of payloads.',
    example: { type: 'object' },
  })
  payload_schema: Record<string, Json> | null;

  @ApiProperty(texts('Names and texts.', { team: 'stock' }))
  tags: Record<string, string>;

  @ApiProperty(
    text(
      'Where runs are posted to; null: the job does not call an endpoint.',
      'https://your-service.example.com/jobs/sync',
    ),
  )
  endpoint_url: string | null;

  @ApiProperty(text('What is called where that is away, silent or has too much to do; null: nothing.'))
  fallback_endpoint_url: string | null;

  @ApiProperty(whole('Attempts of a run at most.', 3))
  max_attempts: number;

  @ApiProperty(whole('Longest duration of one attempt.', 300))
  timeout_secs: number;

  @ApiProperty(whole('A run that has not started so long after it could expires.', null, true))
  run_ttl_secs: number | null;

  @ApiProperty(text('Is told of the end of each run; null: nobody is.'))
  webhook_url: string | null;

  @ApiProperty(text('`***`: there is one, which is never shown. Null: nothing is signed.'))
  webhook_secret: string | null;
}

/** When runs of a job may start. */
export class JobFlowDto {
  @ApiProperty(whole('Runs with one `concurrency_key` at once at most; null: no limit.', null, true))
  max_concurrency_per_key: number | null;

  @ApiProperty(whole('Starts at most in any `rate_limit_window_secs`; null: no limit.', null, true))
  rate_limit_max: number | null;

  @ApiProperty(whole('The stretch of time that `rate_limit_max` holds for.', null, true))
  rate_limit_window_secs: number | null;

  @ApiProperty({
    type: [RateLimitKeyDto],
    description: 'Starts at most by each value of a tag or payload field.',
    example: [],
  })
  rate_limit_keys: RateLimitKeyDto[];

  @ApiProperty(text('Cron in `timezone`: runs start only in minutes that match; null: at any time.'))
  execution_window_cron: string | null;
}

/** A job. */
export class JobDto extends IntersectionType(JobContentDto, JobFlowDto) {
  @ApiProperty({ type: String, format: 'uuid', description: 'Never changes.', example: ID })
  id: string;

  @ApiProperty({ type: String, description: 'The project that it belongs to.', example: 'default' })
  project_id: string;

  @ApiProperty(text('A label.', 'stock'))
  group_id: string | null;

  @ApiProperty(text('A label.', 'production'))
  environment_id: string | null;

  @ApiProperty({ type: String, description: 'The timezone of `cron`.', example: 'Europe/Berlin' })
  timezone: string;

  @ApiProperty(whole('Runs at once at most; null: no limit.', null, true))
  max_concurrency: number | null;

  @ApiProperty(whole('Higher ones start first.', 0))
  priority: number;

  @ApiProperty(texts('Metadata of every run.', { source: 'nightly' }))
  default_run_metadata: Record<string, string>;

  @ApiProperty(whole('How long the same payload is answered with the same run; null: never.', null, true))
  dedup_window_secs: number | null;

  @ApiProperty({ type: Boolean, description: 'False: it runs only when it is triggered.', example: true })
  enabled: boolean;

  @ApiProperty({
    enum: RETRY_STRATEGIES,
    description: 'How the pauses between attempts grow.',
    example: 'exponential',
  })
  retry_strategy: RetryStrategyWord;

  @ApiProperty({
    type: [Number],
    nullable: true,
    description: 'The pauses of `custom`; null with others.',
    example: null,
  })
  retry_delays_secs: number[] | null;

  @ApiProperty(whole('Counts the changes of the definition, from 1.', 1))
  version: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The id of this version.',
    example: '6b3f2c0e-1d2a-5c4b-9f8e-7a6b5c4d3e2f',
  })
  version_id: string;

  @ApiProperty({ enum: VERSION_POLICIES, description: 'Which version carries out a run.', example: 'pin' })
  version_policy: VersionPolicy;

  @ApiProperty(COMPATIBLE)
  backwards_compatible: boolean;

  @ApiProperty(text('Who created it.', 'ops-team'))
  created_by: string | null;

  @ApiProperty(text('Who changed it last.', 'ops-team'))
  updated_by: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was created.', example: INSTANT })
  created_at: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it was changed last.',
    example: INSTANT,
  })
  updated_at: string;
}

/** A definition as it once held. */
export class JobVersionDto extends JobContentDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'Never changes.',
    example: '6b3f2c0e-1d2a-5c4b-9f8e-7a6b5c4d3e2f',
  })
  id: string;

  @ApiProperty({ type: String, format: 'uuid', description: 'The job.', example: ID })
  job_id: string;

  @ApiProperty(whole('Its number, from 1.', 1))
  version: number;

  @ApiProperty(COMPATIBLE)
  backwards_compatible: boolean;

  @ApiProperty({ type: String, format: 'date-time', description: 'From when on it held.', example: INSTANT })
  created_at: string;
}
