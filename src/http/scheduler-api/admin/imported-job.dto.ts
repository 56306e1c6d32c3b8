import { IntersectionType, OmitType } from '@nestjs/swagger';
import { IsArray, IsIn, IsOptional, IsUUID } from 'class-validator';
import { DEPENDENCY_CONDITIONS, type DependencyCondition } from '../../../domain/job/dependencies.js';
import { IsDateTime } from '../date-time.js';
import { CreateJobDto } from '../jobs/create-job.dto.js';
import { SetDependenciesDto } from '../jobs/dependencies.dto.js';
import { ScheduleFieldsDto } from '../jobs/schedule-fields.dto.js';
import { SetExclusionsDto } from '../jobs/set-exclusions.dto.js';
import {
  ANY_JOB_TYPE_WORDS,
  ANY_SCHEDULE_TYPE_WORDS,
  type AnyJobTypeWord,
  type AnyScheduleTypeWord,
  JOB_STATUS_WORDS,
  type JobStatusWord,
} from '../words.js';
import { CarriedFieldsDto } from './carried-fields.dto.js';
import { NestedObject } from '../../shared/validation/nested.decorator.js';

/** A schedule that takes over later, as an export has it. */
export class ImportedChangeDto extends ScheduleFieldsDto {
  @IsIn(ANY_SCHEDULE_TYPE_WORDS)
  scheduleType: AnyScheduleTypeWord;

  @IsDateTime()
  effectiveFrom: string;
}

/** What an imported job waits for, as an export has it. */
export class ImportedDependenciesDto extends SetDependenciesDto {
  /** Which end of each prerequisite counts; absent: success. */
  @IsOptional()
  @IsArray()
  @IsIn(DEPENDENCY_CONDITIONS, { each: true })
  outcomes?: DependencyCondition[] | null;
}

/** One entry of an import: a job to create, with what an export knows beyond that. */
export class ImportedJobDto extends IntersectionType(
  OmitType(CreateJobDto, ['jobType', 'scheduleType']),
  CarriedFieldsDto,
) {
  @IsOptional()
  @IsUUID()
  id?: string | null;

  @IsIn(ANY_JOB_TYPE_WORDS)
  jobType: AnyJobTypeWord;

  @IsIn(ANY_SCHEDULE_TYPE_WORDS)
  scheduleType: AnyScheduleTypeWord;

  @IsOptional()
  @IsIn(JOB_STATUS_WORDS)
  status?: JobStatusWord | null;

  @IsOptional()
  @NestedObject(() => SetExclusionsDto)
  exclusions?: SetExclusionsDto | null;

  @IsOptional()
  @NestedObject(() => ImportedChangeDto)
  scheduledChange?: ImportedChangeDto | null;

  @IsOptional()
  @NestedObject(() => ImportedDependenciesDto)
  dependencies?: ImportedDependenciesDto | null;
}
