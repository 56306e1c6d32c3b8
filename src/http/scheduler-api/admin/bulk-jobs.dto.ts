import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
} from 'class-validator';
import { type FieldFault, invalid } from '../../../domain/errors.js';
import { BULK_LIMIT, type JobSelection } from '../../../modules/jobs/job-selection.js';
import { QueryBoolean } from '../../shared/validation/query-decorators.js';
import { NestedObject } from '../../shared/validation/nested.decorator.js';
import {
  ANY_JOB_TYPE_WORDS,
  type AnyJobTypeWord,
  JOB_STATUS_WORDS,
  type JobStatusWord,
  jobStateOf,
  jobTypeOf,
} from '../words.js';

/** Jobs that match everything that is given; at least one field. */
export class BulkFilterDto {
  @ApiPropertyOptional({ enum: ANY_JOB_TYPE_WORDS, description: 'Jobs of this type.', example: 'HttpCall' })
  @IsOptional()
  @IsIn(ANY_JOB_TYPE_WORDS)
  jobType?: AnyJobTypeWord;

  @ApiPropertyOptional({ enum: JOB_STATUS_WORDS, description: 'Jobs with this status.', example: 'Enabled' })
  @IsOptional()
  @IsIn(JOB_STATUS_WORDS)
  status?: JobStatusWord;

  @ApiPropertyOptional({
    type: String,
    minLength: 1,
    maxLength: 100,
    description: 'Jobs that carry this tag.',
    example: 'inventory',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  tag?: string;

  @ApiPropertyOptional({
    type: String,
    minLength: 1,
    maxLength: 200,
    description: 'Jobs whose name or description contains every one of these words, in any letter case.',
    example: 'sync feed',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  search?: string;
}

/** The jobs of a bulk operation: either `ids` or `filter`. */
export class BulkJobsDto {
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    minItems: 1,
    maxItems: BULK_LIMIT,
    description: 'The jobs, one by one. Ids of no job are passed over.',
    example: ['01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(BULK_LIMIT)
  @IsUUID('all', { each: true })
  ids?: string[];

  @ApiPropertyOptional({ type: BulkFilterDto, description: 'The jobs that match.' })
  @IsOptional()
  @NestedObject(() => BulkFilterDto)
  filter?: BulkFilterDto;
}

/** How to do it. */
export class BulkJobsQueryDto {
  @QueryBoolean({ default: false, description: 'True: only count the jobs; nothing is done.' })
  dryRun: boolean;
}

/**
 * The jobs that a request means.
 * @throws DomainError validation_failed
 */
export function selectionFrom({ ids, filter }: BulkJobsDto): JobSelection {
  const faults: FieldFault[] = [];
  if (ids && filter) faults.push({ field: 'filter', message: 'does not go with ids; send one of the two' });
  if (!ids && !filter) faults.push({ field: 'ids', message: 'is required, or filter in its place' });
  if (filter && Object.values(filter).every((value) => (value ?? null) === null))
    faults.push({ field: 'filter', message: 'must name at least one field' });
  if (faults.length > 0) throw invalid(faults);
  if (ids) return { ids };
  const { jobType, status, tag, search } = filter ?? {};
  return {
    filter: {
      type: jobType ? jobTypeOf(jobType) : undefined,
      state: status ? jobStateOf(status) : undefined,
      tag: tag ?? undefined,
      search: search ?? undefined,
    },
  };
}
