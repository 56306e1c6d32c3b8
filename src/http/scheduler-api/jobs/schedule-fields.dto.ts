import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { INTERVAL_SECONDS } from '../../../domain/schedule/interval.js';
import { IsDateTime } from '../date-time.js';

const EXPRESSION_MAX_LENGTH = 200;

/** When a job runs, beside its `scheduleType`: exactly the fields of that type may be set. */
export class ScheduleFieldsDto {
  @ApiPropertyOptional({
    type: String,
    maxLength: EXPRESSION_MAX_LENGTH,
    nullable: true,
    description:
      'Cron expression of 5 fields, or 6 with leading seconds, or a nickname such as `@daily`, read in ' +
      '`timezone`. Required when `scheduleType` is `Cron`, else null or absent.',
    example: '0 7 * * 1-5',
  })
  @IsOptional()
  @IsString()
  @MaxLength(EXPRESSION_MAX_LENGTH)
  scheduleExpression?: string | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: INTERVAL_SECONDS.min,
    maximum: INTERVAL_SECONDS.max,
    nullable: true,
    description:
      'Seconds between runs, which fall on `anchorAt` + n × `intervalSeconds` whatever happens in between. ' +
      'Required when `scheduleType` is `Interval`, else null or absent.',
    example: null,
  })
  @IsOptional()
  @IsInt()
  @Min(INTERVAL_SECONDS.min)
  @Max(INTERVAL_SECONDS.max)
  intervalSeconds?: number | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'The instant of the only run, still to come; without an offset it is read in `timezone`. Required when ' +
      '`scheduleType` is `OneTime`, else null or absent.',
    example: null,
  })
  @IsOptional()
  @IsDateTime()
  runAt?: string | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'The instant that interval runs are counted from; the first one comes `intervalSeconds` after it. Only ' +
      'for `Interval`. Default: the instant from which the schedule holds.',
    example: null,
  })
  @IsOptional()
  @IsDateTime()
  anchorAt?: string | null;
}
