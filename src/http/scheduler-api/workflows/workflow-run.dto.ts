import { ApiProperty } from '@nestjs/swagger';
import { PageDto } from '../page.dto.js';
import { EXECUTION_STATUS_WORDS, type ExecutionStatusWord } from '../words.js';
import {
  RUN_STATUS_WORDS,
  type RunStatusWord,
  STEP_STATUS_WORDS,
  type StepStatusWord,
} from './workflow-words.js';
import { WorkflowJobDetailsDto } from './workflow.dto.js';

/** A run of a workflow. */
export class WorkflowRunDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The id of the run.',
    example: '01986f61-2a7e-7d05-8a4b-1c2d3e4f5a6b',
  })
  id: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The workflow.',
    example: '01986f60-1b2c-7d3e-8f4a-5b6c7d8e9f00',
  })
  workflowId: string;

  @ApiProperty({ type: String, description: 'The name of the workflow.', example: 'Nightly inventory' })
  workflowName: string;

  @ApiProperty({ type: 'integer', description: 'The version of the workflow that it follows.', example: 1 })
  workflowVersion: number;

  @ApiProperty({
    enum: RUN_STATUS_WORDS,
    description: '`Failed`: a job with `onFailure: Stop` failed. `Cancelled`: somebody asked for its end.',
    example: 'Succeeded',
  })
  status: RunStatusWord;

  @ApiProperty({ enum: ['Manual', 'Schedule'], description: 'Why it runs.', example: 'Manual' })
  trigger: 'Manual' | 'Schedule';

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The nominal instant of a scheduled run.',
    example: null,
  })
  scheduledFor: string | null;

  @ApiProperty({
    type: Boolean,
    description: 'Somebody has asked for its end; it is `Running` until the last running job has stopped.',
    example: false,
  })
  cancelRequested: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Who cancelled it.',
    example: null,
  })
  errorMessage: string | null;

  @ApiProperty({ type: String, description: 'Who started it.', example: 'ops-team' })
  createdBy: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it started.',
    example: '2030-01-07T12:00:00.001Z',
  })
  startedAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its last job ended.',
    example: '2030-01-07T12:00:03.480Z',
  })
  completedAt: string | null;
}

/** A job in a run, with its execution. */
export class WorkflowRunStepDto extends WorkflowJobDetailsDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The name of the job; null once it is gone.',
    example: 'Sync inventory feed',
  })
  jobName: string | null;

  @ApiProperty({
    enum: STEP_STATUS_WORDS,
    description: '`Pending`: it waits for others, or for a worker. `Skipped`: it does not run.',
    example: 'Succeeded',
  })
  status: StepStatusWord;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Its execution; null before it starts, and when it is skipped.',
    example: '01986f61-30c1-7aa0-9d3e-2b4c6d8e0f1a',
  })
  executionId: string | null;

  @ApiProperty({
    enum: EXECUTION_STATUS_WORDS,
    nullable: true,
    description: 'The status of the execution.',
    example: 'Succeeded',
  })
  executionStatus: ExecutionStatusWord | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the execution started.',
    example: '2030-01-07T12:00:00.004Z',
  })
  startedAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the step ended.',
    example: '2030-01-07T12:00:01.238Z',
  })
  completedAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it failed, was cancelled or skipped.',
    example: null,
  })
  errorMessage: string | null;
}

/** A run with all its steps. */
export class WorkflowRunDetailsDto extends WorkflowRunDto {
  @ApiProperty({ type: [WorkflowRunStepDto], description: 'The jobs in the order of the definition.' })
  steps: WorkflowRunStepDto[];
}

/** A page of runs. */
export class WorkflowRunPageDto extends PageDto {
  @ApiProperty({ type: [WorkflowRunDto], description: 'The runs of this page, the newest first.' })
  items: WorkflowRunDto[];
}
