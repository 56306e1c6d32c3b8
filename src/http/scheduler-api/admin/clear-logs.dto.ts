import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { QueryInteger } from '../../shared/validation/query-decorators.js';

const DAYS_MAX = 36_500;

/** Which executions to remove. */
export class ClearLogsDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: DAYS_MAX,
    description: 'Executions that ended more than so many days ago; 0: all that have ended.',
    example: 60,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(DAYS_MAX)
  olderThanDays?: number;
}

/** The same for clients that cannot send a body with DELETE. */
export class ClearLogsQueryDto {
  @QueryInteger({
    min: 0,
    max: DAYS_MAX,
    description: 'Instead of a body: executions that ended more than so many days ago.',
  })
  olderThanDays?: number;
}
