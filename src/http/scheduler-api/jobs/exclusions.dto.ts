import { ApiProperty } from '@nestjs/swagger';
import { DAYS_OF_WEEK, type DayOfWeek } from '../../../domain/schedule/schedule.js';

/** A part of the day; it may pass midnight. */
export class TimeRangeDto {
  @ApiProperty({ type: String, description: 'First excluded minute, `HH:mm`.', example: '22:00' })
  start: string;

  @ApiProperty({
    type: String,
    description: 'First minute that is not excluded any more, `HH:mm`.',
    example: '06:00',
  })
  end: string;
}

/** When scheduled runs do not happen, read in the job's timezone. */
export class ExclusionsDto {
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'date' },
    description: 'Calendar dates.',
    example: ['2025-12-25', '2026-01-01'],
  })
  excludedDates: string[];

  @ApiProperty({
    enum: DAYS_OF_WEEK,
    isArray: true,
    description: 'Days of the week.',
    example: ['Saturday', 'Sunday'],
  })
  excludedDaysOfWeek: DayOfWeek[];

  @ApiProperty({ type: TimeRangeDto, nullable: true, description: 'A part of every day.' })
  timeRange: TimeRangeDto | null;
}
