import { PROJECT_MAX_LENGTH } from '../../../domain/job/limits.js';
import { QueryBoolean, QueryText } from '../../shared/validation/query-decorators.js';
import { CursorQueryDto } from '../cursor.js';

/** Which jobs to list. */
export class ListJobsQueryDto extends CursorQueryDto {
  @QueryText({ maxLength: PROJECT_MAX_LENGTH, description: 'Only jobs of this project.' })
  project_id?: string;

  @QueryText({ maxLength: 100, description: 'Only jobs with this tag: `name:text`, or a name without text.' })
  tag?: string;

  @QueryBoolean({ description: 'Only jobs that are enabled, or that are not.' })
  enabled?: boolean;

  @QueryText({ maxLength: 200, description: 'Only jobs with this label.' })
  group_id?: string;

  @QueryText({ maxLength: 200, description: 'Only jobs with this label.' })
  environment_id?: string;
}

/** Which versions to list. */
export class ListVersionsQueryDto extends CursorQueryDto {}
