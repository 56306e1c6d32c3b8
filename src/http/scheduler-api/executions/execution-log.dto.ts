import { ApiProperty } from '@nestjs/swagger';
import { LOG_LEVELS, type LogLevel } from '../../../modules/executions/execution-logs.js';
import { PageDto } from '../page.dto.js';

/** A line that the work of an execution wrote while it ran. */
export class ExecutionLogLineDto {
  @ApiProperty({ type: 'integer', description: 'Its number, from 1, over all attempts.', example: 1 })
  sequence: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it was written.',
    example: '2030-01-07T12:00:00.120Z',
  })
  timestamp: string;

  @ApiProperty({ enum: LOG_LEVELS, description: 'How grave it is.', example: 'info' })
  level: LogLevel;

  @ApiProperty({
    type: String,
    description: 'The line. Values of secrets are shown as `***`.',
    example: 'synced 118 articles',
  })
  message: string;

  @ApiProperty({ type: 'integer', description: 'The attempt that wrote it, from 1.', example: 1 })
  attempt: number;
}

/** One page of an execution's log. */
export class ExecutionLogPageDto extends PageDto {
  @ApiProperty({ type: [ExecutionLogLineDto], description: 'The lines, the first one first.' })
  items: ExecutionLogLineDto[];

  @ApiProperty({
    type: Boolean,
    description: 'Whether further lines were left out: an execution keeps 1,000 lines and 256 KiB.',
    example: false,
  })
  truncated: boolean;
}
