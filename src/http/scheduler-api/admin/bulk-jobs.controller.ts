import { applyDecorators, Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BulkJobs } from '../../../modules/admin/bulk-jobs.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { ApiProblem } from '../../shared/documentation/api-problem.js';
import * as examples from '../examples.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsOperator, ApiTakesBody } from '../problems.js';
import { BulkJobsDto, BulkJobsQueryDto, selectionFrom } from './bulk-jobs.dto.js';
import { CountDto } from './count.dto.js';

const ON_MANY =
  ' At most 10,000 jobs at once, named by `ids` or by a `filter`; jobs to which it does not apply are passed over. ' +
  'With `dryRun=true` the jobs are only counted.';

/** Documents and binds one bulk operation. */
function BulkOperation(operationId: string, summary: string, description: string): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiOperation({ operationId, summary, description: description + ON_MANY }),
    ApiBody({
      type: BulkJobsDto,
      examples: {
        filter: { summary: 'By a filter', value: { filter: { tag: 'inventory' } } },
        ids: { summary: 'One by one', value: { ids: [examples.JOB_EXAMPLE.id] } },
      },
    }),
    ApiOkResponse({ type: CountDto, description: 'How many jobs it applied to.', example: { count: 42 } }),
    ApiTakesBody('filter: must name at least one field'),
    ApiProblem(400, 'bulk_limit_exceeded', 'More than 10000 jobs match; narrow the filter and repeat.'),
    ApiNeedsOperator(),
  );
}

/** Operations on many jobs. */
@ApiTags('Jobs')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/jobs/bulk`)
export class BulkJobsController {
  constructor(private readonly bulk: BulkJobs) {}

  @Post('pause')
  @BulkOperation('bulkPauseJobs', 'Pause many jobs', 'Pauses the enabled ones of the given jobs.')
  async bulkPauseJobs(
    @Body() body: BulkJobsDto,
    @Query() { dryRun }: BulkJobsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<CountDto> {
    return { count: await this.bulk.run('pause', selectionFrom(body), dryRun, caller) };
  }

  @Post('resume')
  @BulkOperation('bulkResumeJobs', 'Resume many jobs', 'Resumes the paused ones of the given jobs.')
  async bulkResumeJobs(
    @Body() body: BulkJobsDto,
    @Query() { dryRun }: BulkJobsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<CountDto> {
    return { count: await this.bulk.run('resume', selectionFrom(body), dryRun, caller) };
  }

  @Post('trigger')
  @BulkOperation('bulkTriggerJobs', 'Run many jobs now', 'Queues a run of each of the given jobs.')
  @ApiProblem(400, 'scheduler_paused', 'The whole scheduler is paused.')
  async bulkTriggerJobs(
    @Body() body: BulkJobsDto,
    @Query() { dryRun }: BulkJobsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<CountDto> {
    return { count: await this.bulk.run('trigger', selectionFrom(body), dryRun, caller) };
  }

  @Post('delete')
  @BulkOperation(
    'bulkDeleteJobs',
    'Delete many jobs',
    'Deletes the given jobs: they run no more, and what is queued is cancelled; their executions stay readable.',
  )
  async bulkDeleteJobs(
    @Body() body: BulkJobsDto,
    @Query() { dryRun }: BulkJobsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<CountDto> {
    return { count: await this.bulk.run('delete', selectionFrom(body), dryRun, caller) };
  }
}
