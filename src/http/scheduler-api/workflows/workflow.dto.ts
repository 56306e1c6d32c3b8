import { ApiProperty } from '@nestjs/swagger';
import { PageDto } from '../page.dto.js';
import { SCHEDULE_TYPE_WORDS, type ScheduleTypeWord } from '../words.js';
import {
  CONDITION_WORDS,
  type ConditionWord,
  ON_FAILURE_WORDS,
  type OnFailureWord,
} from './workflow-words.js';

/** A job in a workflow, as it is stored. */
export class WorkflowJobDetailsDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The job.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f21',
  })
  jobId: string;

  @ApiProperty({
    type: [String],
    format: 'uuid',
    description: 'The jobs that it waits for.',
    example: ['01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20'],
  })
  dependsOn: string[];

  @ApiProperty({
    enum: CONDITION_WORDS,
    nullable: true,
    description:
      'What must have become of them. Null: of each something else, as another dialect has set it.',
    example: 'AllSucceeded',
  })
  condition: ConditionWord | null;

  @ApiProperty({ enum: ON_FAILURE_WORDS, description: 'What its failure means.', example: 'Stop' })
  onFailure: OnFailureWord;
}

/** The schedule of a workflow, as it is stored. */
export class WorkflowScheduleDetailsDto {
  @ApiProperty({ enum: SCHEDULE_TYPE_WORDS, description: 'The kind of schedule.', example: 'Cron' })
  scheduleType: ScheduleTypeWord;

  @ApiProperty({ type: String, nullable: true, description: 'Of `Cron`.', example: '0 2 * * *' })
  scheduleExpression: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of `Interval`.', example: null })
  intervalSeconds: number | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Of `OneTime`.',
    example: null,
  })
  runAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Of `Interval`: what runs are counted from.',
    example: null,
  })
  anchorAt: string | null;

  @ApiProperty({ type: String, description: 'In which the schedule is read.', example: 'America/New_York' })
  timezone: string;
}

/** A workflow. */
export class WorkflowDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The id of the workflow.',
    example: '01986f60-1b2c-7d3e-8f4a-5b6c7d8e9f00',
  })
  id: string;

  @ApiProperty({ type: String, description: 'Display name.', example: 'Nightly inventory' })
  name: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What it is for.',
    example: 'Syncs the feed, then rebuilds the search index.',
  })
  description: string | null;

  @ApiProperty({ type: [WorkflowJobDetailsDto], description: 'The jobs and what each waits for.' })
  jobs: WorkflowJobDetailsDto[];

  @ApiProperty({
    type: WorkflowScheduleDetailsDto,
    nullable: true,
    description: 'When it runs by itself. Null: only when triggered.',
  })
  schedule: WorkflowScheduleDetailsDto | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The next instant of its schedule.',
    example: '2030-01-08T07:00:00.000Z',
  })
  nextRunAt: string | null;

  @ApiProperty({ type: 'integer', description: 'Counts the changes of `jobs`.', example: 1 })
  version: number;

  @ApiProperty({ type: String, description: 'Who created it.', example: 'ops-team' })
  createdBy: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it was created.',
    example: '2030-01-04T09:15:00.000Z',
  })
  createdAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it was last changed.',
    example: '2030-01-04T09:15:00.000Z',
  })
  updatedAt: string;
}

/** A page of workflows. */
export class WorkflowPageDto extends PageDto {
  @ApiProperty({ type: [WorkflowDto], description: 'The workflows of this page, the newest first.' })
  items: WorkflowDto[];
}
