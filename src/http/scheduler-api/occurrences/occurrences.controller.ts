import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { type LedgerEntry, OccurrenceLedger } from '../../../modules/jobs/occurrence-ledger.js';
import * as examples from '../examples.js';
import { pageOf, rangeOf } from '../page.dto.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiReadsJob, ApiTakesQuery } from '../problems.js';
import { executionStatusWord } from '../words.js';
import { ListOccurrencesQueryDto, OccurrenceDto, OccurrencePageDto } from './occurrence.dto.js';

const RESULT_WORDS: Record<LedgerEntry['result'], OccurrenceDto['result']> = {
  executed: 'Executed',
  skipped: 'Skipped',
  missed: 'Missed',
  excluded: 'Excluded',
};

const EXAMPLES: OccurrenceDto[] = [
  {
    scheduledFor: '2030-01-07T12:00:00.000Z',
    through: '2030-01-07T12:00:00.000Z',
    instants: 1,
    result: 'Executed',
    reason: null,
    executionId: examples.EXECUTION_EXAMPLE.id,
    executionStatus: 'Succeeded',
  },
  {
    scheduledFor: '2030-01-05T12:00:00.000Z',
    through: '2030-01-06T12:00:00.000Z',
    instants: 2,
    result: 'Excluded',
    reason: 'excluded',
    executionId: null,
    executionStatus: null,
  },
];

/** The ledger of a job's due instants. */
@ApiTags('Jobs')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/jobs/:jobId/occurrences`)
export class OccurrencesController {
  constructor(
    private readonly ledger: OccurrenceLedger,
    private readonly jobs: JobViews,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listJobOccurrences',
    summary: 'List what became of due instants',
    description:
      'One page of the instants at which the schedule of a job was due, the newest first: the execution that each ' +
      'became, or why it became none. Neighbouring instants of the same fate may share one entry. Excluded instants ' +
      'are recorded when the job next fires.',
  })
  @ApiParam({
    name: 'jobId',
    type: String,
    format: 'uuid',
    description: 'The id of the job.',
    example: examples.JOB_EXAMPLE.id,
  })
  @ApiOkResponse({
    type: OccurrencePageDto,
    description: 'The page.',
    example: examples.pageExample(EXAMPLES),
  })
  @ApiTakesQuery('from: must be an ISO 8601 date-time such as 2026-03-01T09:30:00Z')
  @ApiReadsJob()
  async listJobOccurrences(
    @Param('jobId') jobId: string,
    @Query() query: ListOccurrencesQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<OccurrencePageDto> {
    await this.jobs.requireRecorded(jobId, caller);
    const { from = null, to = null } = query;
    const { items, total } = await this.ledger.page({ jobId, from, to, ...rangeOf(query) });
    return pageOf(items.map(toDto), total, query);
  }
}

function toDto({ from, through, instants, result, reason, executionId, state }: LedgerEntry): OccurrenceDto {
  return {
    scheduledFor: from.toISOString(),
    through: through.toISOString(),
    instants,
    result: RESULT_WORDS[result],
    reason,
    executionId,
    executionStatus: state && executionStatusWord(state),
  };
}
