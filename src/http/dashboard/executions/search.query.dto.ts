import { EXECUTION_STAGES, type ExecutionStage } from '../../../modules/executions/execution-search.js';
import { QueryChoice, QueryText } from '../../shared/validation/query-decorators.js';

const MINUTE = { minLength: 0, maxLength: 19 };

/** What the form of the execution log sends; a field that is left empty says nothing. */
export class SearchQueryDto {
  @QueryText({ minLength: 0, maxLength: 200, default: '' })
  q: string;

  @QueryChoice(['', ...EXECUTION_STAGES], { default: '' })
  status: ExecutionStage | '';

  /** As browsers write a local time; it is UTC here. */
  @QueryText({ ...MINUTE, default: '' })
  from: string;

  @QueryText({ ...MINUTE, default: '' })
  until: string;

  /** The id that a page goes on after. */
  @QueryText({ minLength: 0, maxLength: 36, default: '' })
  before: string;
}
