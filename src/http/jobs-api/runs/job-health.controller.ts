import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { healthScore, successRate } from '../../../domain/execution/health.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { RunsService } from '../../../modules/runs/runs.service.js';
import { ApiGuarded, ApiMayBeMissing, ApiTakesQuery } from '../errors.js';
import * as examples from '../examples.js';
import { JOBS_ROUTE } from '../path.js';
import { HealthQueryDto, JobHealthDto, WINDOW_HOURS } from './health.dto.js';

const EXAMPLE: JobHealthDto = {
  total_runs: 10,
  completed_runs: 9,
  failed_runs: 1,
  timed_out_runs: 0,
  crashed_runs: 0,
  canceled_runs: 0,
  expired_runs: 0,
  success_rate: 90,
  avg_duration_secs: 0.4,
  p95_duration_secs: 0.7,
  health_score: 93,
};

/** How jobs are doing. */
@ApiTags('Runs')
@ApiGuarded()
@Controller(`${JOBS_ROUTE}/:jobId/health`)
export class JobHealthController {
  constructor(
    private readonly views: JobViews,
    private readonly runs: RunsService,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'getJobHealth',
    summary: 'Get the health of a job',
    description: 'How the runs of a recent time ended, and a score over them.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiOkResponse({ type: JobHealthDto, description: 'The figures.', example: EXAMPLE })
  @ApiTakesQuery()
  @ApiMayBeMissing()
  async getJobHealth(
    @Param('jobId') reference: string,
    @Query() { window }: HealthQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobHealthDto> {
    const jobId = await this.views.idOf(reference, caller);
    const tally = await this.runs.tally(jobId, WINDOW_HOURS[window] * 3_600);
    return {
      total_runs: tally.total,
      completed_runs: tally.completed,
      failed_runs: tally.failed,
      timed_out_runs: tally.timedOut,
      crashed_runs: tally.crashed,
      canceled_runs: tally.canceled,
      expired_runs: tally.expired,
      success_rate: successRate(tally),
      avg_duration_secs: tally.avgSeconds,
      p95_duration_secs: tally.p95Seconds,
      health_score: healthScore(tally),
    };
  }
}
