import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { IMPORT_MODES, type ImportMode } from '../../../modules/admin/imported-job.js';

/** Jobs to import. */
export class ImportJobsDto {
  @ApiProperty({
    type: String,
    minLength: 1,
    description: 'The text of an exported file.',
    example:
      '{"jobs":[{"name":"Sync inventory feed","jobType":"HttpCall","scheduleType":"Cron",' +
      '"scheduleExpression":"0 7 * * 1-5","jobConfiguration":{"url":"https://your-service.example.com/api/sync"}}]}',
  })
  @IsString()
  @IsNotEmpty()
  jsonPayload: string;

  @ApiPropertyOptional({
    enum: IMPORT_MODES,
    default: 'create',
    description:
      '`create`: every entry becomes a new job, whatever exists. `upsert`: an entry whose `id` exists changes that ' +
      'job, another one becomes a job of that id. `plan`: nothing is done; the answer says what `upsert` would do.',
    example: 'create',
  })
  @IsOptional()
  @IsIn(IMPORT_MODES)
  mode?: ImportMode;
}

/** An entry of a plan. */
export class PlannedJobDto {
  @ApiProperty({ type: 'integer', description: 'Its place in the file, from 0.', example: 0 })
  index: number;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Its id.', example: null })
  id: string | null;

  @ApiProperty({ type: String, description: 'Its name.', example: 'Sync inventory feed' })
  name: string;
}

/** What an import would do. */
export class ImportPlanDto {
  @ApiProperty({ type: [PlannedJobDto], description: 'Entries that would become new jobs.' })
  created: PlannedJobDto[];

  @ApiProperty({ type: [PlannedJobDto], description: 'Entries that would change a job.' })
  changed: PlannedJobDto[];

  @ApiProperty({ type: [PlannedJobDto], description: 'Entries that are as the job is.' })
  unchanged: PlannedJobDto[];
}
