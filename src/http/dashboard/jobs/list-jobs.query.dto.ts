import type { JobState } from '../../../domain/job/job-type.js';
import { QueryChoice, QueryInteger, QueryText } from '../../shared/validation/query-decorators.js';

export const JOB_STATES: readonly JobState[] = ['enabled', 'paused', 'disabled', 'completed'];

/** What the form of the list of jobs sends; a field that is left empty says nothing. */
export class ListJobsQueryDto {
  @QueryText({ minLength: 0, maxLength: 200, default: '' })
  q: string;

  @QueryChoice(['', ...JOB_STATES], { default: '' })
  state: JobState | '';

  @QueryInteger({ min: 1, max: 1_000_000, default: 1 })
  page: number;
}
