import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  getSchemaPath,
  PartialType,
} from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';
import { DEFAULT_TIMEOUT_SECONDS } from '../../../domain/job/definition.js';
import * as limits from '../../../domain/job/limits.js';
import {
  DEFAULT_MISFIRE,
  type MisfirePolicy,
  type OverlapPolicy,
} from '../../../domain/schedule/schedule.js';
import { IsDateTime } from '../date-time.js';
import { JOB_TYPE_WORDS, type JobTypeWord, SCHEDULE_TYPE_WORDS, type ScheduleTypeWord } from '../words.js';
import { FlowFieldsDto } from './flow-fields.dto.js';
import { JOB_CONFIGURATIONS } from './job-configurations.js';
import { RetryPolicyDto } from './retry-policy.dto.js';
import { NestedObject } from '../../shared/validation/nested.decorator.js';

export const MISFIRE_POLICIES = ['fireOnce', 'fireAll', 'skip'] as const satisfies readonly MisfirePolicy[];
export const OVERLAP_POLICIES = [
  'allow',
  'skip',
  'queueOne',
  'queueAll',
  'cancelRunning',
] as const satisfies readonly OverlapPolicy[];

const TIMEZONE_MAX_LENGTH = 100;

/** A job to create. */
@ApiExtraModels(...JOB_CONFIGURATIONS)
export class CreateJobDto extends FlowFieldsDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: limits.NAME_MAX_LENGTH,
    description: 'Display name.',
    example: 'Sync inventory feed',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.NAME_MAX_LENGTH)
  name: string;

  @ApiPropertyOptional({
    type: String,
    maxLength: limits.DESCRIPTION_MAX_LENGTH,
    nullable: true,
    description: 'What the job is for.',
    example: 'Calls the upstream inventory API every weekday morning.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(limits.DESCRIPTION_MAX_LENGTH)
  description?: string | null;

  @ApiProperty({ enum: JOB_TYPE_WORDS, description: 'The kind of work.', example: 'HttpCall' })
  @IsIn(JOB_TYPE_WORDS)
  jobType: JobTypeWord;

  @ApiProperty({ enum: SCHEDULE_TYPE_WORDS, description: 'When the job runs.', example: 'Cron' })
  @IsIn(SCHEDULE_TYPE_WORDS)
  scheduleType: ScheduleTypeWord;

  @ApiPropertyOptional({
    oneOf: [
      ...JOB_CONFIGURATIONS.map((configuration) => ({ $ref: getSchemaPath(configuration) })),
      { type: 'object', nullable: true, maxProperties: 0, description: 'Nothing to configure.' },
    ],
    description:
      'What to run; its fields depend on `jobType`: `HttpCall` takes an HttpCallConfiguration, `StoredProcedure` ' +
      'a StoredProcedureConfiguration, `CodeExecution` a CodeExecutionConfiguration, `FileOperation` a ' +
      'FileOperationConfiguration. Answers show secrets (headers such as `Authorization` or `X-Api-Key`, keys ' +
      'such as `password`) as `***`; a `***` that an update sends back keeps the stored value.',
    example: {
      url: 'https://your-service.example.com/api/sync',
      method: 'POST',
      headers: { 'X-Api-Key': 'abc123' },
      body: null,
    },
  })
  @IsOptional()
  @IsObject()
  jobConfiguration?: Record<string, Json> | null;

  @ApiPropertyOptional({
    type: RetryPolicyDto,
    nullable: true,
    description: 'Automatic retries of failed attempts. Default: none.',
  })
  @IsOptional()
  @NestedObject(() => RetryPolicyDto)
  retryPolicy?: RetryPolicyDto | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: limits.TIMEOUT_MAX_SECONDS,
    default: DEFAULT_TIMEOUT_SECONDS,
    nullable: true,
    description: 'Longest duration of one attempt, in seconds; then it is stopped and has failed.',
    example: 120,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.TIMEOUT_MAX_SECONDS)
  timeoutSeconds?: number | null;

  @ApiPropertyOptional({
    type: String,
    default: 'UTC',
    nullable: true,
    description:
      'IANA timezone in which the cron expression, exclusions and date-times without an offset are read.',
    example: 'America/New_York',
  })
  @IsOptional()
  @IsString()
  @MaxLength(TIMEZONE_MAX_LENGTH)
  timezone?: string | null;

  @ApiPropertyOptional({
    type: Boolean,
    default: true,
    nullable: true,
    description: 'False: the job runs only when triggered, until it is enabled.',
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  isEnabled?: boolean | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: limits.TAG_MAX_LENGTH },
    maxItems: limits.TAGS_MAX_COUNT,
    nullable: true,
    description: 'Labels for filtering and grouping.',
    example: ['inventory', 'weekday'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(limits.TAGS_MAX_COUNT)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(limits.TAG_MAX_LENGTH, { each: true })
  tags?: string[] | null;

  @ApiPropertyOptional({
    type: String,
    maxLength: limits.SUBJECT_MAX_LENGTH,
    nullable: true,
    description: "Who creates the job. Default: the token's subject.",
    example: 'ops-team',
  })
  @IsOptional()
  @IsString()
  @MaxLength(limits.SUBJECT_MAX_LENGTH)
  createdBy?: string | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'No scheduled run before this instant.',
    example: '2030-01-01T00:00:00Z',
  })
  @IsOptional()
  @IsDateTime()
  startAt?: string | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'No scheduled run after this instant; then the job is `Completed`.',
    example: '2030-12-31T23:59:59Z',
  })
  @IsOptional()
  @IsDateTime()
  endAt?: string | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: limits.JITTER_MAX_SECONDS,
    default: 0,
    nullable: true,
    description: 'Each scheduled run starts up to this many seconds after its instant, at random.',
    example: 0,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(limits.JITTER_MAX_SECONDS)
  jitterSeconds?: number | null;

  @ApiPropertyOptional({
    enum: MISFIRE_POLICIES,
    default: DEFAULT_MISFIRE.policy,
    nullable: true,
    description:
      'What happens to instants that passed while nothing could run them: one run for all of them, one run for ' +
      'each, or none. What does not run is recorded.',
    example: 'fireOnce',
  })
  @IsOptional()
  @IsIn(MISFIRE_POLICIES)
  misfirePolicy?: MisfirePolicy | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: limits.YEAR_SECONDS,
    default: DEFAULT_MISFIRE.graceSeconds,
    nullable: true,
    description: 'A run that is late by no more than this many seconds counts as on time.',
    example: 60,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(limits.YEAR_SECONDS)
  misfireGraceSeconds?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: limits.YEAR_SECONDS,
    default: DEFAULT_MISFIRE.catchupWindowSeconds,
    nullable: true,
    description: 'Missed instants older than this many seconds are never caught up.',
    example: 86_400,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(limits.YEAR_SECONDS)
  catchupWindowSeconds?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: limits.CATCHUP_RUNS_MAX,
    default: DEFAULT_MISFIRE.maxCatchupRuns,
    nullable: true,
    description: 'At most this many missed instants are caught up, the newest ones.',
    example: 100,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(limits.CATCHUP_RUNS_MAX)
  maxCatchupRuns?: number | null;

  @ApiPropertyOptional({
    enum: OVERLAP_POLICIES,
    default: 'allow',
    nullable: true,
    description:
      'What happens when a run is due while another one of the job has not ended: run beside it, skip the new ' +
      'one, let one or all wait, or cancel the running one.',
    example: 'allow',
  })
  @IsOptional()
  @IsIn(OVERLAP_POLICIES)
  overlapPolicy?: OverlapPolicy | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: limits.PAUSE_AFTER_FAILURES_MAX,
    nullable: true,
    description: 'Pause the job after this many failed executions in a row. Default: never.',
    example: 10,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.PAUSE_AFTER_FAILURES_MAX)
  pauseAfterFailures?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: limits.PRIORITY_MAX,
    default: 0,
    nullable: true,
    description: 'Executions of a higher priority start first.',
    example: 5,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(limits.PRIORITY_MAX)
  priority?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: limits.CONCURRENCY_MAX,
    nullable: true,
    description: 'At most this many executions of the job at once, over all workers. Default: no limit.',
    example: 1,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.CONCURRENCY_MAX)
  maxConcurrency?: number | null;
}

/**
 * Changes to a job: what is absent stays. Null resets an optional field to its default; `name`, `jobType` and
 * `scheduleType` cannot be null.
 */
export class UpdateJobDto extends PartialType(CreateJobDto, { skipNullProperties: false }) {}
