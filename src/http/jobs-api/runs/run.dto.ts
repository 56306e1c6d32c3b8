import { ApiProperty } from '@nestjs/swagger';
import type { Json } from '../../../domain/execution/outcome.js';
import { ANY_JSON } from '../../../executors/any-json.js';
import { BACKOFFS, type BackoffWord } from './trigger.dto.js';
import { RUN_STATUSES, type RunStatus } from './run-status.js';

const RUN_ID = '01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b';
const INSTANT = '2030-01-07T12:00:00.004Z';

const instant = (description: string, example: string | null = null, nullable = true) => ({
  type: String,
  format: 'date-time',
  nullable,
  description,
  example,
});
const number = (description: string, example: number | null = null) => ({
  type: Number,
  nullable: true,
  description,
  example,
});
const texts = (description: string, example: object) => ({
  type: 'object' as const,
  additionalProperties: { type: 'string' as const },
  description,
  example,
});

export const ANSWERED_BY = ['main', 'fallback'] as const;
export type AnsweredBy = (typeof ANSWERED_BY)[number];

/** Measured parts of a run, in milliseconds; null: not measured. */
export class ExecutionTraceDto {
  @ApiProperty(number('From ready until a worker took it, in the last attempt.', 2.1))
  queue_wait_ms: number | null;

  @ApiProperty(number('From then until it started.', 0.4))
  dequeue_ms: number | null;

  @ApiProperty(number('To connect, TLS included; 0 on a kept connection.', 12.1))
  connect_ms: number | null;

  @ApiProperty(number('From the request to the first byte of the answer.', 340.5))
  ttfb_ms: number | null;

  @ApiProperty(number('From the first byte to the last.', 1.2))
  transfer_ms: number | null;

  @ApiProperty(number('The sum of connect, ttfb and transfer.', 353.8))
  dispatch_ms: number | null;

  @ApiProperty(
    number(
      'The whole call of the last attempt, that of the main endpoint before the fallback included.',
      354,
    ),
  )
  total_ms: number | null;

  @ApiProperty({
    enum: ANSWERED_BY,
    nullable: true,
    description: 'Which endpoint the last attempt ended with; null: not known.',
    example: 'main',
  })
  endpoint: AnsweredBy | null;
}

/** How far the work is, as the endpoint told it. */
export class ProgressDto {
  @ApiProperty({ ...number('From 0 to 100; null: it did not say.', 40), minimum: 0, maximum: 100 })
  percent: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'For people.', example: 'page 4 of 10' })
  message: string | null;

  @ApiProperty({ ...ANY_JSON, description: 'For programs: any JSON value.', example: { page: 4 } })
  data: Json;

  @ApiProperty({ type: 'integer', description: 'The attempt that it belongs to.', example: 1 })
  attempt: number;

  @ApiProperty(instant('When it was told.', INSTANT, false))
  at: string;
}

/** A run. */
export class RunDto {
  @ApiProperty({ type: String, format: 'uuid', description: 'Never changes.', example: RUN_ID })
  id: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The job.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  })
  job_id: string;

  @ApiProperty({ type: String, description: "The job's project.", example: 'default' })
  project_id: string;

  @ApiProperty({ enum: RUN_STATUSES, description: 'Where it stands.', example: 'completed' })
  status: RunStatus;

  @ApiProperty({ type: 'integer', description: 'The present or last attempt, from 1.', example: 1 })
  attempt: number;

  @ApiProperty({
    ...ANY_JSON,
    description: 'As it was triggered with: any JSON value.',
    example: { warehouse: 'Leeds' },
  })
  payload: Json;

  @ApiProperty({
    ...ANY_JSON,
    description: 'What the endpoint answered: JSON or text; null while there is no answer.',
    example: { synced: 118 },
  })
  result: Json;

  @ApiProperty(texts('What the endpoint gets beside the payload.', { source: 'shop' }))
  metadata: Record<string, string>;

  @ApiProperty(texts('As it was triggered with.', { ticket: 'T-17' }))
  tags: Record<string, string>;

  @ApiProperty({ type: String, nullable: true, description: 'Why it did not complete.', example: null })
  error: string | null;

  @ApiProperty({
    type: String,
    description: 'Why it exists: `schedule`, `manual`, `retry`, `workflow`, `dependency` or `backfill`.',
    example: 'manual',
  })
  triggered_by: string;

  @ApiProperty(instant('The instant that it was meant for; null: at once.'))
  scheduled_at: string | null;

  @ApiProperty(instant('When its first attempt started.', INSTANT))
  started_at: string | null;

  @ApiProperty(instant('When it ended.', '2030-01-07T12:00:00.358Z'))
  finished_at: string | null;

  @ApiProperty(instant('When its endpoint last reported; null: never.'))
  heartbeat_at: string | null;

  @ApiProperty({
    type: ProgressDto,
    nullable: true,
    description: 'What its endpoint told last; null: nothing.',
  })
  progress: ProgressDto | null;

  @ApiProperty(instant('When it is tried again; null: it does not wait for that.'))
  next_retry_at: string | null;

  @ApiProperty(instant('If it has not started by then, it expires; null: never.'))
  expires_at: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The run that it repeats.',
    example: null,
  })
  replay_of: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The run that started it, as it was triggered with.',
    example: null,
  })
  parent_run_id: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The run whose work it goes on with, as it was triggered with.',
    example: null,
  })
  continuation_of: string | null;

  @ApiProperty({
    type: 'integer',
    description:
      'One more than that of the run that it continues, or of the deepest run that its job waited for; else 0.',
    example: 0,
  })
  lineage_depth: number;

  @ApiProperty({ description: 'Whether its calls are written into its log in full.', example: false })
  debug_mode: boolean;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The step of a workflow run that it carries out.',
    example: null,
  })
  workflow_step_run_id: string | null;

  @ApiProperty({ type: 'integer', description: 'Higher ones start first.', example: 0 })
  priority: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The key that it was triggered with.',
    example: null,
  })
  idempotency_key: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The key that max_concurrency_per_key of the job holds for; null: none.',
    example: null,
  })
  concurrency_key: string | null;

  @ApiProperty({
    type: 'integer',
    description: 'The version of the job that it is carried out by.',
    example: 1,
  })
  job_version: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The id of that version.',
    example: '6b3f2c0e-1d2a-5c4b-9f8e-7a6b5c4d3e2f',
  })
  job_version_id: string;

  @ApiProperty(number('As it was triggered with.'))
  max_attempts_override: number | null;

  @ApiProperty(number('As it was triggered with.'))
  timeout_secs_override: number | null;

  @ApiProperty({ enum: BACKOFFS, nullable: true, description: 'As it was triggered with.', example: null })
  retry_backoff: BackoffWord | null;

  @ApiProperty(number('As it was triggered with.'))
  retry_initial_delay_secs: number | null;

  @ApiProperty(number('As it was triggered with.'))
  retry_max_delay_secs: number | null;

  @ApiProperty({
    type: ExecutionTraceDto,
    nullable: true,
    description: 'Measured parts; null before it has started.',
  })
  execution_trace: ExecutionTraceDto | null;

  @ApiProperty({ type: String, nullable: true, description: 'Who triggered it.', example: 'ops-team' })
  created_by: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The bulk trigger that it came with.',
    example: null,
  })
  batch_id: string | null;

  @ApiProperty(instant('When it was recorded.', '2030-01-07T12:00:00.001Z', false))
  created_at: string;
}

/** The answer to a trigger. */
export class TriggeredRunDto extends RunDto {
  @ApiProperty({
    type: Boolean,
    description: 'True: it is the run of an earlier trigger with the same key or payload.',
    example: false,
  })
  idempotency_hit: boolean;
}

/** One result of a bulk trigger. */
export class BulkResultDto {
  @ApiProperty({ type: String, format: 'uuid', description: 'The run.', example: RUN_ID })
  id: string;

  @ApiProperty({ enum: RUN_STATUSES, description: 'Where it stands.', example: 'queued' })
  status: RunStatus;

  @ApiProperty({
    type: String,
    description:
      'Lets its holder report on the present attempt of the run while that is executing, as the `X-Run-Token` of the ' +
      'call does; valid for two days.',
    example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6InJ1bitqd3QifQ.eyJzdWIiOiIwMTk4In0.c2ln',
  })
  run_token: string;

  @ApiProperty({
    type: Boolean,
    description: 'True: it is the run of an earlier trigger, or of one before it here.',
    example: false,
  })
  idempotency_hit: boolean;
}

/** The answer to a bulk trigger. */
export class BulkTriggeredDto {
  @ApiProperty({ type: [BulkResultDto], description: 'One for each item, in their order.' })
  results: BulkResultDto[];

  @ApiProperty({ type: 'integer', description: 'How many items there were.', example: 1 })
  total: number;

  @ApiProperty({ type: 'integer', description: 'How many runs are new.', example: 1 })
  created: number;
}
