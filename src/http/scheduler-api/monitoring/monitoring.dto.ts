import { ApiProperty } from '@nestjs/swagger';
import { QueryInteger } from '../../shared/validation/query-decorators.js';

const DEFAULT_HOURS = 24;
const MAX_HOURS = 2_160;

/** Rows that a run of retention removed. */
export class RemovedHistoryDto {
  @ApiProperty({ type: 'integer', description: 'Executions.', example: 1204 })
  executions: number;

  @ApiProperty({ type: 'integer', description: 'Entries of the occurrence ledger.', example: 17 })
  occurrences: number;

  @ApiProperty({ type: 'integer', description: 'Entries of the audit log.', example: 0 })
  auditEntries: number;
}

/** The removal of old history. */
export class RetentionDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The instant that the latest run was planned for; null: it has not run yet.',
    example: '2030-01-07T03:00:00.000Z',
  })
  lastDueAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the latest run ended.',
    example: '2030-01-07T03:00:04.120Z',
  })
  lastRunAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it runs next, by `RETENTION_SCHEDULE`; null: never.',
    example: '2030-01-08T03:00:00.000Z',
  })
  nextRunAt: string | null;

  @ApiProperty({ type: RemovedHistoryDto, nullable: true, description: 'What the latest run removed.' })
  removed: RemovedHistoryDto | null;
}

/** Health and activity at a glance. */
export class DashboardStatsDto {
  @ApiProperty({ type: 'integer', description: 'Jobs that exist.', example: 42 })
  totalJobs: number;

  @ApiProperty({ type: 'integer', description: 'Jobs that are enabled.', example: 39 })
  enabledJobs: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: 0,
    maximum: 100,
    description:
      'Of the executions that ended within the last 24 hours, how many in a hundred succeeded; null if none ended. ' +
      'The 24 hours are counted in steps of five minutes.',
    example: 99.2,
  })
  successRate: number | null;

  @ApiProperty({
    type: 'integer',
    description: 'Scheduled runs within the next hour; may be some seconds old.',
    example: 118,
  })
  upcomingExecutions: number;

  @ApiProperty({
    type: 'integer',
    description: 'Executions that failed within the last 24 hours.',
    example: 3,
  })
  recentFailures: number;

  @ApiProperty({ type: 'integer', description: 'The same as `recentFailures`.', example: 3 })
  recentFailureCount: number;

  @ApiProperty({
    type: 'integer',
    description: 'Executions that run now; those of less than a moment may be missing.',
    example: 2,
  })
  runningExecutions: number;

  @ApiProperty({
    type: 'integer',
    description: 'Executions that may start and wait for a free worker, or for a slot of their job.',
    example: 0,
  })
  queuedExecutions: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'How long the oldest of these has been waiting, in seconds; null if none waits.',
    example: null,
  })
  oldestQueuedSeconds: number | null;

  @ApiProperty({ type: 'integer', description: 'Worker processes that are alive.', example: 2 })
  workers: number;

  @ApiProperty({
    type: RetentionDto,
    description: 'The removal of old history: its latest and its next run.',
  })
  retention: RetentionDto;
}

/** What happened in one bucket of the timeline. */
export class TimelinePointDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'The start of the bucket.',
    example: '2030-01-07T12:00:00.000Z',
  })
  timestamp: string;

  @ApiProperty({ type: 'integer', description: 'Executions that succeeded in the bucket.', example: 118 })
  succeeded: number;

  @ApiProperty({ type: 'integer', description: 'Executions that failed in the bucket.', example: 1 })
  failed: number;

  @ApiProperty({
    type: 'integer',
    description:
      'Executions that were still running at the end of the bucket; in the last bucket those that run now.',
    example: 2,
  })
  running: number;
}

/** How far the timeline looks back. */
export class TimelineQueryDto {
  @QueryInteger({
    min: 1,
    max: MAX_HOURS,
    default: DEFAULT_HOURS,
    description: 'Hours to look back from now.',
  })
  hours: number;
}
