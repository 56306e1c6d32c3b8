import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { DependencyCondition } from '../../../domain/job/dependencies.js';

export const CONDITIONS = [
  'completed',
  'succeeded',
  'failed',
  'any',
] as const satisfies DependencyCondition[];

const CONDITION =
  'Which end of a run of that job counts: `completed`: completed or failed; `succeeded`: completed; `failed`: failed, ' +
  'timed out or crashed; `any`: also canceled or expired.';
const ID = '01986f3e-0000-7c4e-9c1f-3a5b7d9e1f20';

/** What a job is to wait for. */
export class CreateJobDependencyDto {
  @ApiProperty({
    type: String,
    maxLength: 36,
    description: 'The id of the job whose runs must end first.',
    example: ID,
  })
  @IsString()
  @MaxLength(36)
  depends_on_job_id: string;

  @ApiPropertyOptional({ enum: CONDITIONS, nullable: true, default: 'completed', description: CONDITION })
  @IsOptional()
  @IsIn(CONDITIONS)
  condition?: DependencyCondition | null;
}

/** That a job waits for another. */
export class JobDependencyDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'Never changes.',
    example: '01986f44-5d11-7c0a-b1d2-8e7f6a5b4c3d',
  })
  id: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The job that waits.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  })
  job_id: string;

  @ApiProperty({ type: String, format: 'uuid', description: 'The job that it waits for.', example: ID })
  depends_on_job_id: string;

  @ApiProperty({ enum: CONDITIONS, description: CONDITION, example: 'completed' })
  condition: DependencyCondition;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When it was created.',
    example: '2030-01-04T09:15:00.000Z',
  })
  created_at: string;
}
