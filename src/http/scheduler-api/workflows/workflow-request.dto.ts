import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
} from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';
import { DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH } from '../../../domain/job/limits.js';
import { WORKFLOW_STEPS_MAX } from '../../../domain/workflow/definition-from.js';
import { ScheduleFieldsDto } from '../jobs/schedule-fields.dto.js';
import { SCHEDULE_TYPE_WORDS, type ScheduleTypeWord } from '../words.js';
import {
  CONDITION_WORDS,
  type ConditionWord,
  ON_FAILURE_WORDS,
  type OnFailureWord,
} from './workflow-words.js';
import { NestedList, NestedObject } from '../../shared/validation/nested.decorator.js';

const TIMEZONE_MAX_LENGTH = 100;

/** A job in a workflow. */
export class WorkflowJobDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The job. It is in the workflow once.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f21',
  })
  @IsUUID()
  jobId: string;

  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    description:
      'Jobs of the workflow that must have ended, or been skipped, before this one. None: it starts with the run.',
    example: ['01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20'],
    default: [],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(WORKFLOW_STEPS_MAX)
  @IsUUID(undefined, { each: true })
  dependsOn?: string[] | null;

  @ApiPropertyOptional({
    enum: CONDITION_WORDS,
    nullable: true,
    description:
      'What must have become of the jobs in `dependsOn`; else this one is skipped. `AllSucceeded`: all succeeded. ' +
      '`AnySucceeded`: at least one did. `AllCompleted`: it does not matter how they ended, only a job whose ' +
      'prerequisites were all skipped is skipped, too. `AllFailed`: all failed. A failed job with `onFailure: ' +
      'Continue` counts as succeeded and as failed.',
    default: 'AllSucceeded',
    example: 'AllSucceeded',
  })
  @IsOptional()
  @IsIn(CONDITION_WORDS)
  condition?: ConditionWord | null;

  @ApiPropertyOptional({
    enum: ON_FAILURE_WORDS,
    nullable: true,
    description:
      'What the failure of this job means. `Stop`: the run fails, and what needs its success is skipped. ' +
      '`Continue`: the run does not fail by it, and dependents treat it as done.',
    default: 'Stop',
    example: 'Stop',
  })
  @IsOptional()
  @IsIn(ON_FAILURE_WORDS)
  onFailure?: OnFailureWord | null;
}

/** When a workflow runs by itself: exactly the fields of its `scheduleType` may be set. */
export class WorkflowScheduleDto extends ScheduleFieldsDto {
  @ApiProperty({ enum: SCHEDULE_TYPE_WORDS, description: 'The kind of schedule.', example: 'Cron' })
  @IsIn(SCHEDULE_TYPE_WORDS)
  scheduleType: ScheduleTypeWord;

  @ApiPropertyOptional({
    type: String,
    maxLength: TIMEZONE_MAX_LENGTH,
    nullable: true,
    description: 'IANA timezone in which the schedule is read.',
    default: 'UTC',
    example: 'America/New_York',
  })
  @IsOptional()
  @IsString()
  @MaxLength(TIMEZONE_MAX_LENGTH)
  timezone?: string | null;
}

/** A workflow to create. */
export class CreateWorkflowDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    maxLength: NAME_MAX_LENGTH,
    description: 'Display name.',
    example: 'Nightly inventory',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_MAX_LENGTH)
  name: string;

  @ApiPropertyOptional({
    type: String,
    maxLength: DESCRIPTION_MAX_LENGTH,
    nullable: true,
    description: 'What the workflow is for.',
    example: 'Syncs the feed, then rebuilds the search index.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(DESCRIPTION_MAX_LENGTH)
  description?: string | null;

  @ApiProperty({
    type: [WorkflowJobDto],
    minItems: 1,
    maxItems: WORKFLOW_STEPS_MAX,
    description: 'The jobs and what each waits for; they must not wait for each other in a cycle.',
  })
  @NestedList(() => WorkflowJobDto, { min: 1, max: WORKFLOW_STEPS_MAX })
  jobs: WorkflowJobDto[];

  @ApiPropertyOptional({
    type: WorkflowScheduleDto,
    nullable: true,
    description:
      'When the workflow runs by itself, beside the schedules of its jobs. Null: only when triggered. Instants ' +
      'that passed while no scheduler ran are made up for by one run.',
  })
  @IsOptional()
  @NestedObject(() => WorkflowScheduleDto)
  schedule?: WorkflowScheduleDto | null;
}

/** Changes to a workflow: what is absent stays. Null resets an optional field; `name` and `jobs` cannot be null. */
export class UpdateWorkflowDto extends PartialType(CreateWorkflowDto, { skipNullProperties: false }) {}

/** What a triggered run is given. */
export class TriggerWorkflowDto {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'Handed to every job of the run. A job that depends on others also finds their outputs, under ' +
      '`steps.<jobId>.output`; outputs of more than 256 KiB in total become `{"truncated": true}`.',
    example: { warehouse: 'Leeds' },
  })
  @IsOptional()
  @IsObject()
  payload?: Record<string, Json> | null;
}
