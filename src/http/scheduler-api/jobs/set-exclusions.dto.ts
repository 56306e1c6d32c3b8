import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional, IsString } from 'class-validator';
import { DAYS_OF_WEEK, type DayOfWeek } from '../../../domain/schedule/schedule.js';
import { NestedObject } from '../../shared/validation/nested.decorator.js';

const MAX_DATES = 1_000;
const MAX_DAYS = 100;

/** A part of the day, as a request gives it. */
export class SetTimeRangeDto {
  @ApiProperty({ type: String, description: 'First excluded minute, `HH:mm`.', example: '22:00' })
  @IsString()
  start: string;

  @ApiProperty({
    type: String,
    description: 'First minute that is not excluded any more, `HH:mm`; before `start` it is on the next day.',
    example: '06:00',
  })
  @IsString()
  end: string;
}

/** Rules to set: kinds that are absent keep what they have; null or an empty list removes a kind. */
export class SetExclusionsDto {
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', format: 'date' },
    maxItems: MAX_DATES,
    nullable: true,
    description: 'Calendar dates to skip, `YYYY-MM-DD`.',
    example: ['2030-12-25', '2031-01-01'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_DATES)
  @IsString({ each: true })
  excludedDates?: string[] | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', enum: [...DAYS_OF_WEEK] },
    maxItems: MAX_DAYS,
    nullable: true,
    description: 'Days of the week to skip.',
    example: ['Saturday', 'Sunday'],
  })
  @IsOptional()
  @IsArray()
  // Which names are days is for the domain to say, as for dates.
  @ArrayMaxSize(MAX_DAYS)
  @IsString({ each: true })
  excludedDaysOfWeek?: DayOfWeek[] | null;

  @ApiPropertyOptional({
    type: SetTimeRangeDto,
    nullable: true,
    description: 'A part of every day in which the job must not start; it may pass midnight.',
  })
  @IsOptional()
  @NestedObject(() => SetTimeRangeDto)
  timeRange?: SetTimeRangeDto | null;
}
