import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { WantedRevisions } from '../../../domain/job/revision.js';
import { withExclusions } from '../../../domain/schedule/exclusion-change.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { JobsService } from '../../../modules/jobs/jobs.service.js';
import { IfMatch } from '../../shared/conditional/conditional-answer.js';
import * as examples from '../examples.js';
import { SCHEDULER_ROUTE } from '../path.js';
import {
  ApiChangesJob,
  ApiConditional,
  ApiGuarded,
  ApiNeedsOperator,
  ApiReadsJob,
  ApiTakesBody,
  TakesNoBody,
} from '../problems.js';
import { ExclusionsDto } from './exclusions.dto.js';
import { exclusionsDto } from './job.mapper.js';
import { SetExclusionsDto } from './set-exclusions.dto.js';

const EXAMPLE: ExclusionsDto = {
  excludedDates: ['2030-12-25', '2031-01-01'],
  excludedDaysOfWeek: ['Saturday', 'Sunday'],
  timeRange: { start: '22:00', end: '06:00' },
};

/** When scheduled runs of a job do not happen. */
@ApiTags('Jobs')
@ApiParam({
  name: 'jobId',
  type: String,
  format: 'uuid',
  description: 'The id of the job.',
  example: examples.JOB_EXAMPLE.id,
})
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/jobs/:jobId/exclusions`)
export class JobExclusionsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly views: JobViews,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'setJobExclusions',
    summary: 'Set exclusion rules',
    description:
      'Sets dates, days of the week or a part of the day, read in the timezone of the job, on which scheduled runs ' +
      'do not happen. Kinds of rules that the body does not name stay as they are; null or an empty list removes a ' +
      'kind. Runs that are triggered by hand are not bound. The answer holds all rules of the job. Rules that leave ' +
      'no run in the next five years are refused.',
  })
  @ApiBody({
    type: SetExclusionsDto,
    examples: {
      weekends: { summary: 'No weekends', value: { excludedDaysOfWeek: ['Saturday', 'Sunday'] } },
      nights: { summary: 'No nights', value: { timeRange: { start: '22:00', end: '06:00' } } },
    },
  })
  @ApiOkResponse({ type: ExclusionsDto, description: 'All rules of the job.', example: EXAMPLE })
  @ApiTakesBody('excludedDates.0: "2025-02-30" is no calendar date; write YYYY-MM-DD')
  @ApiConditional()
  @ApiChangesJob()
  @ApiNeedsOperator()
  async setJobExclusions(
    @Param('jobId') jobId: string,
    @Body() body: SetExclusionsDto,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<ExclusionsDto> {
    const change = {
      dates: body.excludedDates,
      daysOfWeek: body.excludedDaysOfWeek,
      timeRange: body.timeRange && { start: body.timeRange.start, end: body.timeRange.end },
    };
    const { definition } = await this.jobs.update(
      jobId,
      (job) => ({ definition: { ...job.definition, plan: withExclusions(job.definition.plan, change) } }),
      caller,
      wanted,
    );
    return exclusionsDto(definition.plan.exclusions);
  }

  @Get()
  @ApiOperation({
    operationId: 'getJobExclusions',
    summary: 'Get the exclusion rules',
    description: 'All exclusion rules of a job; a job without any has empty ones.',
  })
  @ApiOkResponse({ type: ExclusionsDto, description: 'The rules.', example: EXAMPLE })
  @ApiReadsJob()
  async getJobExclusions(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<ExclusionsDto> {
    return exclusionsDto((await this.views.get(jobId, caller)).definition.plan.exclusions);
  }

  @Delete()
  @HttpCode(204)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'deleteJobExclusions',
    summary: 'Delete the exclusion rules',
    description: 'Removes all exclusion rules of a job.',
  })
  @ApiNoContentResponse({ description: 'The job has no exclusion rules any more.' })
  @ApiConditional()
  @ApiChangesJob()
  @ApiNeedsOperator()
  async deleteJobExclusions(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<void> {
    await this.jobs.update(
      jobId,
      ({ definition }) => ({
        definition: { ...definition, plan: { ...definition.plan, exclusions: null } },
      }),
      caller,
      wanted,
    );
  }
}
