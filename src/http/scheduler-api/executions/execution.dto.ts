import { ApiProperty } from '@nestjs/swagger';
import { PageDto } from '../page.dto.js';
import {
  EXECUTION_STATUS_WORDS,
  type ExecutionStatusWord,
  TRIGGER_WORDS,
  type TriggerWord,
} from '../words.js';

const ID = '01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b';
const JOB_ID = '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20';

const instant = (description: string, example: string | null, nullable: boolean) =>
  ({ type: String, format: 'date-time', nullable, description, example }) as const;

/** One run of a job, from the moment it is queued. */
export class JobExecutionDto {
  @ApiProperty({ type: String, format: 'uuid', description: 'Identifies the execution.', example: ID })
  id: string;

  @ApiProperty({ type: String, format: 'uuid', description: 'The job that it runs.', example: JOB_ID })
  jobId: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "The job's name; null once the job is gone.",
    example: 'Sync inventory feed',
  })
  jobName: string | null;

  @ApiProperty({
    enum: EXECUTION_STATUS_WORDS,
    description:
      '`Pending`: waits for its time, a prerequisite, a free worker or its next attempt. `Failed`: an error, a ' +
      'timeout or a crash. `Cancelled`: cancelled, expired or skipped; `errorMessage` says which.',
    example: 'Succeeded',
  })
  status: ExecutionStatusWord;

  @ApiProperty(instant('When its first attempt started.', '2030-01-07T12:00:00.004Z', true))
  startedAt: string | null;

  @ApiProperty(instant('When it ended; null until then.', '2030-01-07T12:00:01.238Z', true))
  completedAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'From start to end, all attempts and the pauses between them: `[d.]hh:mm:ss.fffffff`; null until it ends.',
    example: '00:00:01.2340000',
  })
  duration: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The same in milliseconds.', example: 1234 })
  durationMs: number | null;

  @ApiProperty({ type: 'integer', description: 'Attempts after the first one.', example: 0 })
  retryCount: number;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The failed execution that this one repeats.',
    example: null,
  })
  retryParentId: string | null;

  @ApiProperty({ enum: TRIGGER_WORDS, description: 'Why it runs.', example: 'Schedule' })
  trigger: TriggerWord;

  @ApiProperty(instant('The nominal instant of a scheduled run.', '2030-01-07T12:00:00.000Z', true))
  scheduledFor: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the work answered; anything but a text is written as JSON.',
    example: '{"status":200,"body":{"synced":118}}',
  })
  output: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it failed or was cancelled.',
    example: null,
  })
  errorMessage: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Why it has not started: a prerequisite, its time, a limit of its job (which one), an open circuit of its ' +
      'endpoint, a pause of the scheduler, or no worker. Told for a single execution; null in lists, and when it will start at any moment.',
    example: null,
  })
  pendingReason: string | null;

  @ApiProperty(instant('When it was queued.', '2030-01-07T12:00:00.001Z', false))
  createdAt: string;
}

/** A page of executions. */
export class JobExecutionPageDto extends PageDto {
  @ApiProperty({ type: [JobExecutionDto], description: 'The executions of this page, the newest first.' })
  items: JobExecutionDto[];
}

export const ATTEMPT_STATUS_WORDS = ['Running', 'Succeeded', 'Failed', 'Cancelled'] as const;

/** One try inside an execution. */
export class ExecutionAttemptDto {
  @ApiProperty({ type: 'integer', description: 'From 1.', example: 1 })
  attempt: number;

  @ApiProperty({ enum: ATTEMPT_STATUS_WORDS, description: 'How it ended.', example: 'Failed' })
  status: (typeof ATTEMPT_STATUS_WORDS)[number];

  @ApiProperty(instant('When it started.', '2030-01-07T12:00:00.004Z', true))
  startedAt: string | null;

  @ApiProperty(instant('When it ended; null while it runs.', '2030-01-07T12:00:00.804Z', true))
  completedAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'As of an execution.',
    example: '00:00:00.8000000',
  })
  duration: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The same in milliseconds.', example: 800 })
  durationMs: number | null;

  @ApiProperty({
    enum: ['error', 'timeout', 'crash', 'system'],
    nullable: true,
    description:
      '`error`: the work said no. `timeout`: its time ran out. `crash`: its worker died. `system`: a fault of ' +
      'Carillon itself.',
    example: 'error',
  })
  failureKind: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The error for programs.',
    example: 'http_status',
  })
  errorCode: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The error for people.',
    example: 'The endpoint answered 503.',
  })
  errorMessage: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    nullable: true,
    description: 'Measured parts of the attempt, in milliseconds.',
    example: { connectMs: 12.1, ttfbMs: 340.5, transferMs: 1.2 },
  })
  timings: Record<string, number> | null;
}
