import {
  QueryBoolean,
  QueryChoice,
  QueryInteger,
  QueryText,
} from '../../shared/validation/query-decorators.js';
import { JOB_SORT_FIELDS, type JobSortField } from '../../../modules/jobs/job-list-query.js';
import { PageQueryDto } from '../page.dto.js';
import { ANY_JOB_TYPE_WORDS, type AnyJobTypeWord, JOB_STATUS_WORDS, type JobStatusWord } from '../words.js';

const DEFAULT_THRESHOLD = 3;

/** Which jobs to list, and how. */
export class ListJobsQueryDto extends PageQueryDto {
  @QueryChoice(ANY_JOB_TYPE_WORDS, { description: 'Only jobs of this type.' })
  jobType?: AnyJobTypeWord;

  @QueryChoice(JOB_STATUS_WORDS, { description: 'Only jobs with this status.' })
  status?: JobStatusWord;

  @QueryText({ maxLength: 100, description: 'Only jobs that carry this tag.' })
  tag?: string;

  @QueryText({
    maxLength: 200,
    description: 'Only jobs whose name or description contains every one of these words, in any letter case.',
  })
  search?: string;

  @QueryChoice(JOB_SORT_FIELDS, {
    description: 'Field to sort by; jobs without a value come last. Default: createdAt, the newest first.',
  })
  sortBy?: JobSortField;

  @QueryChoice(['asc', 'desc'], { description: 'Default: asc where `sortBy` is given, else desc.' })
  sortDirection?: 'asc' | 'desc';
}

/** Which jobs count as repeatedly failing. */
export class ListFailingJobsQueryDto {
  @QueryInteger({
    min: 1,
    max: 1_000_000,
    default: DEFAULT_THRESHOLD,
    description: 'Least number of failed executions in a row.',
  })
  threshold: number;
}

/** How to delete a job. */
export class DeleteJobQueryDto {
  @QueryBoolean({
    default: false,
    description: 'True: remove the job for good, with its whole execution history.',
  })
  hardDelete: boolean;
}
