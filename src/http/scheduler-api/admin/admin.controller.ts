import { Body, Controller, Delete, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { invalid } from '../../../domain/errors.js';
import { LogClearing } from '../../../modules/admin/log-clearing.js';
import { SchedulerPause } from '../../../modules/admin/scheduler-pause.js';
import { AdminOnly } from '../../../modules/auth/admin-only.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsAdmin, ApiReachesAllProjects, ApiTakesBody, TakesNoBody } from '../problems.js';
import { ClearLogsDto, ClearLogsQueryDto } from './clear-logs.dto.js';
import { CountDto } from './count.dto.js';

/** Operations on the installation as a whole. */
@ApiTags('Admin')
@ApiGuarded()
@AdminOnly()
@Controller(`${SCHEDULER_ROUTE}/admin`)
export class AdminController {
  constructor(
    private readonly pause: SchedulerPause,
    private readonly logs: LogClearing,
  ) {}

  @Post('pause-all')
  @HttpCode(200)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'pauseAllJobs',
    summary: 'Pause everything',
    description:
      'Pauses every enabled job and holds the queue, for maintenance. Executions that run finish; nothing new ' +
      'starts, on any node, and triggering a job is a 400 with the code `scheduler_paused`. What is queued stays ' +
      'queued until `resume-all`.',
  })
  @ApiOkResponse({ type: CountDto, description: 'How many jobs were paused.', example: { count: 42 } })
  @ApiNeedsAdmin()
  @ApiReachesAllProjects()
  async pauseAllJobs(@CurrentPrincipal() caller: Principal): Promise<CountDto> {
    return { count: await this.pause.pauseAll(caller) };
  }

  @Post('resume-all')
  @HttpCode(200)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'resumeAllJobs',
    summary: 'Resume everything',
    description:
      'Resumes every paused job, also those that were paused one by one, and releases the queue. Runs that were due ' +
      'in the pause are treated as when a single job is resumed.',
  })
  @ApiOkResponse({ type: CountDto, description: 'How many jobs were resumed.', example: { count: 42 } })
  @ApiNeedsAdmin()
  @ApiReachesAllProjects()
  async resumeAllJobs(@CurrentPrincipal() caller: Principal): Promise<CountDto> {
    return { count: await this.pause.resumeAll(caller) };
  }

  @Delete('clear-logs')
  @ApiOperation({
    operationId: 'clearExecutionLogs',
    summary: 'Clear old execution logs',
    description:
      'Removes executions that ended more than `olderThanDays` days ago, with their attempts, in batches. ' +
      'Executions that have not ended stay. The number of days comes in the body or as a query parameter.',
  })
  @ApiBody({
    type: ClearLogsDto,
    required: false,
    examples: { twoMonths: { summary: 'Older than 60 days', value: { olderThanDays: 60 } } },
  })
  @ApiOkResponse({
    description: 'How many executions were removed.',
    schema: { type: 'integer', minimum: 0 },
    example: 1250,
  })
  @ApiTakesBody('olderThanDays: is required')
  @ApiNeedsAdmin()
  @ApiReachesAllProjects()
  async clearExecutionLogs(
    @Body() body: ClearLogsDto,
    @Query() query: ClearLogsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<number> {
    const days = body.olderThanDays ?? query.olderThanDays;
    if (days === undefined) throw invalid([{ field: 'olderThanDays', message: 'is required' }]);
    return this.logs.clear(days, caller);
  }
}
