import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsDateTime } from '../date-time.js';
import { SCHEDULE_TYPE_WORDS, type ScheduleTypeWord } from '../words.js';
import { ScheduleFieldsDto } from './schedule-fields.dto.js';

/** A new schedule for a job; everything else stays, its timezone too. */
export class RescheduleJobDto extends ScheduleFieldsDto {
  @ApiProperty({ enum: SCHEDULE_TYPE_WORDS, description: 'When the job runs from now on.', example: 'Cron' })
  @IsIn(SCHEDULE_TYPE_WORDS)
  scheduleType: ScheduleTypeWord;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'The instant from which the new schedule holds; the present one stays in force until then. Default: now.',
    example: '2030-01-01T00:00:00Z',
  })
  @IsOptional()
  @IsDateTime()
  effectiveFrom?: string | null;
}
