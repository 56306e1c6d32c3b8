import { QueryChoice } from '../../shared/validation/query-decorators.js';
import { QueryDateTime } from '../date-time.js';
import { PageQueryDto } from '../page.dto.js';
import { EXECUTION_STATUS_WORDS, type ExecutionStatusWord } from '../words.js';

/** Which executions of a job to list. */
export class ListExecutionsQueryDto extends PageQueryDto {
  @QueryChoice(EXECUTION_STATUS_WORDS, { description: 'Only executions with this status.' })
  status?: ExecutionStatusWord;

  @QueryDateTime('Only executions that started at or after this instant; without an offset it is UTC.')
  fromDate?: Date;

  @QueryDateTime('Only executions that started at or before this instant; without an offset it is UTC.')
  toDate?: Date;
}
