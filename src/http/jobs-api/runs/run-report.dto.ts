import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';
import * as limits from '../../../domain/job/limits.js';
import { LOG_LEVELS, type LogLevel } from '../../../modules/executions/execution-logs.js';
import { ANY_JSON } from '../../../executors/any-json.js';
import { NestedList } from '../../shared/validation/nested.decorator.js';

const LINES_MAX = 100;
const LINE_MAX_LENGTH = 8_192;
const MESSAGE_MAX_LENGTH = 1_000;
const INSTANT = '2030-01-07T12:00:10.000Z';

/** A sign of life. */
export class HeartbeatDto {
  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: limits.TIMEOUT_MAX_SECONDS,
    description:
      'A promise: the next report comes within so many seconds, and so on until the attempt ends. Where one does not ' +
      'come, the attempt is stopped and fails as timed out. Absent: as promised before, or no promise.',
    example: 30,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(limits.TIMEOUT_MAX_SECONDS)
  next_within_secs?: number | null;
}

/** How far the work is. */
export class ReportProgressDto {
  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    minimum: 0,
    maximum: 100,
    description: 'How much is done.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  percent?: number | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: MESSAGE_MAX_LENGTH,
    description: 'For people.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MESSAGE_MAX_LENGTH)
  message?: string | null;

  @ApiPropertyOptional({ ...ANY_JSON, description: 'For programs: any JSON value.', example: { page: 4 } })
  @Allow()
  data?: Json;
}

/** A line for the log of the run. */
export class ReportedLineDto {
  @ApiPropertyOptional({ enum: LOG_LEVELS, default: 'info', description: 'How much it matters.' })
  @IsOptional()
  @IsIn(LOG_LEVELS)
  level?: LogLevel | null;

  @ApiProperty({ type: String, minLength: 1, maxLength: LINE_MAX_LENGTH, description: 'The line.' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(LINE_MAX_LENGTH)
  message: string;
}

/** Lines for the log of the run. */
export class ReportLogsDto {
  @ApiProperty({
    type: [ReportedLineDto],
    minItems: 1,
    maxItems: LINES_MAX,
    description: 'The lines, in their order.',
  })
  @NestedList(() => ReportedLineDto, { min: 1, max: LINES_MAX })
  entries: ReportedLineDto[];
}

/** How the attempt stands after a report. */
export class ReportedDto {
  @ApiProperty({ type: String, format: 'uuid', description: 'The run.' })
  run_id: string;

  @ApiProperty({ type: 'integer', description: 'The attempt.', example: 1 })
  attempt: number;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the report came.', example: INSTANT })
  heartbeat_at: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'Without another report by then the attempt is stopped; never later than `timeout_at`.',
    example: '2030-01-07T12:00:40.000Z',
  })
  deadline_at: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'The attempt is stopped then, whatever it reports: its `timeout_secs` are over.',
    example: '2030-01-07T12:05:00.000Z',
  })
  timeout_at: string;
}

/** What became of lines for the log. */
export class LogsReportedDto {
  @ApiProperty({
    type: Boolean,
    description: 'True: the log is full (1,000 lines or 256 KiB), and the rest is not kept.',
    example: false,
  })
  truncated: boolean;
}
