import { PROJECT_MAX_LENGTH } from '../../../domain/job/limits.js';
import { QueryChoice, QueryText } from '../../shared/validation/query-decorators.js';
import { CursorQueryDto } from '../cursor.js';
import { RUN_STATUSES, type RunStatus } from './run-status.js';

/** Which runs to list. */
export class ListRunsQueryDto extends CursorQueryDto {
  @QueryText({ maxLength: PROJECT_MAX_LENGTH, description: 'Only runs of this project.' })
  project_id?: string;

  @QueryText({ maxLength: 100, description: 'Only runs of this job: its id, or its slug as in paths.' })
  job_id?: string;

  @QueryChoice(RUN_STATUSES, { description: 'Only runs with this status.' })
  status?: RunStatus;
}
