import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import type { Json } from '../../../domain/execution/outcome.js';
import type { RetryStrategy } from '../../../domain/execution/retry.js';
import type { MisfirePolicy, OverlapPolicy } from '../../../domain/schedule/schedule.js';
import { PageDto } from '../page.dto.js';
import {
  ANY_JOB_TYPE_WORDS,
  ANY_SCHEDULE_TYPE_WORDS,
  type AnyJobTypeWord,
  type AnyScheduleTypeWord,
  JOB_STATUS_WORDS,
  type JobStatusWord,
} from '../words.js';
import { MISFIRE_POLICIES, OVERLAP_POLICIES } from './create-job.dto.js';
import { VERSION_POLICIES, type VersionPolicy } from '../../../domain/job/version-policy.js';
import { DependenciesDto } from './dependencies.dto.js';
import { ExclusionsDto } from './exclusions.dto.js';
import { KeyedRateLimitDto, RateLimitDto } from './flow-fields.dto.js';
import { JOB_CONFIGURATIONS } from './job-configurations.js';
import { RETRY_STRATEGIES } from './retry-policy.dto.js';

const instant = (description: string, example: string | null) =>
  ({ type: String, format: 'date-time', description, example }) as const;

/** A retry policy in full. */
export class JobRetryPolicyDto {
  @ApiProperty({
    type: 'integer',
    description: 'All attempts of an execution; 1 means no retry.',
    example: 3,
  })
  maxAttempts: number;

  @ApiProperty({ type: 'integer', description: 'Seconds before the second attempt.', example: 30 })
  delaySeconds: number;

  @ApiProperty({ enum: RETRY_STRATEGIES, description: 'How the delay grows.', example: 'fixed' })
  strategy: RetryStrategy;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Upper bound of a delay, in seconds.',
    example: null,
  })
  maxDelaySeconds: number | null;

  @ApiProperty({
    type: 'array',
    items: { type: 'number' },
    nullable: true,
    description: 'The delays of `custom` in seconds.',
    example: null,
  })
  delaysSeconds: number[] | null;

  @ApiProperty({ type: 'number', description: 'Share of a delay that is random, 0–1.', example: 0 })
  jitter: number;
}

/** The schedule part of a job. */
export class JobScheduleDto {
  @ApiProperty({
    enum: ANY_SCHEDULE_TYPE_WORDS,
    description: 'When it runs; `Manual`: only when triggered (created through another API).',
    example: 'Cron',
  })
  scheduleType: AnyScheduleTypeWord;

  @ApiProperty({ type: String, nullable: true, description: 'The cron expression.', example: '0 7 * * 1-5' })
  scheduleExpression: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Seconds between runs.', example: null })
  intervalSeconds: number | null;

  @ApiProperty({ ...instant('The instant of a one-time run.', null), nullable: true })
  runAt: string | null;

  @ApiProperty({ ...instant('The instant that interval runs are counted from.', null), nullable: true })
  anchorAt: string | null;
}

/** A schedule that has been set for later. */
export class ScheduledChangeDto extends JobScheduleDto {
  @ApiProperty(instant('The instant from which it holds.', '2030-01-01T00:00:00.000Z'))
  effectiveFrom: string;
}

/** A job: its definition and its present state. */
export class JobDto extends JobScheduleDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'Identifies the job.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  })
  id: string;

  @ApiProperty({ type: String, description: 'Display name.', example: 'Sync inventory feed' })
  name: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the job is for.',
    example: 'Calls the upstream inventory API every weekday morning.',
  })
  description: string | null;

  @ApiProperty({
    enum: ANY_JOB_TYPE_WORDS,
    description: 'The kind of work; `AgentGoal`: created through another API.',
    example: 'HttpCall',
  })
  jobType: AnyJobTypeWord;

  @ApiProperty({
    enum: JOB_STATUS_WORDS,
    description: '`Completed`: no scheduled run is left.',
    example: 'Enabled',
  })
  status: JobStatusWord;

  @ApiProperty({
    anyOf: [
      ...JOB_CONFIGURATIONS.map((configuration) => ({ $ref: getSchemaPath(configuration) })),
      { type: 'object', additionalProperties: true },
    ],
    description: 'What to run, by `jobType`; secrets are shown as `***`.',
    example: {
      url: 'https://your-service.example.com/api/sync',
      method: 'POST',
      headers: { 'X-Api-Key': '***' },
      body: null,
    },
  })
  jobConfiguration: Record<string, Json>;

  @ApiProperty({ type: JobRetryPolicyDto, description: 'Automatic retries of failed attempts.' })
  retryPolicy: JobRetryPolicyDto;

  @ApiProperty({ type: 'integer', description: 'Longest duration of one attempt, in seconds.', example: 120 })
  timeoutSeconds: number;

  @ApiProperty({ type: String, description: 'IANA timezone of the schedule.', example: 'America/New_York' })
  timezone: string;

  @ApiProperty({ type: Boolean, description: 'False: disabled; it runs only when triggered.', example: true })
  isEnabled: boolean;

  @ApiProperty({
    type: 'array',
    items: { type: 'string' },
    description: 'Labels.',
    example: ['inventory', 'weekday'],
  })
  tags: string[];

  @ApiProperty({ type: String, nullable: true, description: 'Who created it.', example: 'ops-team' })
  createdBy: string | null;

  @ApiProperty({ ...instant('No scheduled run before this instant.', null), nullable: true })
  startAt: string | null;

  @ApiProperty({ ...instant('No scheduled run after this instant.', null), nullable: true })
  endAt: string | null;

  @ApiProperty({
    type: 'integer',
    description: 'Random delay of scheduled runs, in seconds at most.',
    example: 0,
  })
  jitterSeconds: number;

  @ApiProperty({
    enum: MISFIRE_POLICIES,
    description: 'What happens to missed instants.',
    example: 'fireOnce',
  })
  misfirePolicy: MisfirePolicy;

  @ApiProperty({ type: 'integer', description: 'Lateness that counts as on time, in seconds.', example: 60 })
  misfireGraceSeconds: number;

  @ApiProperty({
    type: 'integer',
    description: 'Age up to which missed instants are caught up, in seconds.',
    example: 86_400,
  })
  catchupWindowSeconds: number;

  @ApiProperty({ type: 'integer', description: 'Missed instants that are caught up at most.', example: 100 })
  maxCatchupRuns: number;

  @ApiProperty({ enum: OVERLAP_POLICIES, description: 'What happens when runs overlap.', example: 'allow' })
  overlapPolicy: OverlapPolicy;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Failures in a row that pause it.',
    example: null,
  })
  pauseAfterFailures: number | null;

  @ApiProperty({ type: 'integer', description: '0–10, higher first.', example: 0 })
  priority: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Executions at once at most.', example: null })
  maxConcurrency: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Executions with one concurrency key at once at most.',
    example: null,
  })
  maxConcurrencyPerKey: number | null;

  @ApiProperty({
    type: RateLimitDto,
    nullable: true,
    description: 'Starts of the job at most.',
    example: null,
  })
  rateLimit: RateLimitDto | null;

  @ApiProperty({
    type: [KeyedRateLimitDto],
    description: 'Starts at most by each value of a tag or payload field.',
    example: [],
  })
  rateLimitKeys: KeyedRateLimitDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Cron: executions start only in minutes that match.',
    example: null,
  })
  executionWindow: string | null;

  @ApiProperty({
    enum: VERSION_POLICIES,
    description: 'Which version carries out an execution.',
    example: 'pin',
  })
  versionPolicy: VersionPolicy;

  @ApiProperty({
    type: Boolean,
    description: 'Whether executions that were queued for the version before may be carried out by this one.',
    example: true,
  })
  backwardsCompatible: boolean;

  @ApiProperty({
    ...instant('The next scheduled run, exclusions heeded; null: none is due.', '2030-01-07T12:00:00.000Z'),
    nullable: true,
  })
  nextRunAt: string | null;

  @ApiProperty({ ...instant('When its latest execution started.', null), nullable: true })
  lastRunAt: string | null;

  @ApiProperty({ type: 'integer', description: 'Failed executions since the last success.', example: 0 })
  consecutiveFailures: number;

  @ApiProperty({ type: ScheduledChangeDto, nullable: true, description: 'A schedule that takes over later.' })
  scheduledChange: ScheduledChangeDto | null;

  @ApiProperty({ type: ExclusionsDto, nullable: true, description: 'When scheduled runs do not happen.' })
  exclusions: ExclusionsDto | null;

  @ApiProperty({
    type: DependenciesDto,
    nullable: true,
    description: 'Jobs that must have run first; null: none.',
  })
  dependencies: DependenciesDto | null;

  @ApiProperty({ type: 'integer', description: "Counts the definition's changes, from 1.", example: 1 })
  version: number;

  @ApiProperty(instant('When it was created.', '2030-01-04T09:15:00.000Z'))
  createdAt: string;

  @ApiProperty(instant('When it was last changed.', '2030-01-04T09:15:00.000Z'))
  updatedAt: string;
}

/** A page of jobs. */
export class JobPageDto extends PageDto {
  @ApiProperty({ type: [JobDto], description: 'The jobs of this page.' })
  items: JobDto[];
}
