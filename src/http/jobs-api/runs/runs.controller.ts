import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { RunsService } from '../../../modules/runs/runs.service.js';
import { idAfter, LINK_HEADER, pageWithLink } from '../cursor.js';
import {
  ApiBreaksSchema,
  ApiGuarded,
  ApiMayBeMissing,
  ApiMayConflict,
  ApiNeedsOperator,
  ApiTakesQuery,
  TakesNoBody,
} from '../errors.js';
import * as examples from '../examples.js';
import { runPath, RUNS_ROUTE } from '../path.js';
import { requireProject } from '../projects.js';
import { ListRunsQueryDto } from './list-runs.query.dto.js';
import { RunDto } from './run.dto.js';
import { toRunDto } from './run.mapper.js';
import { meaningOf } from './run-status.js';

const MISSING = 'No execution has the id 01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b.';

/** What ran, runs, and will run. */
@ApiTags('Runs')
@ApiGuarded()
@Controller(RUNS_ROUTE)
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly views: JobViews,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listRuns',
    summary: 'List runs',
    description: 'The runs that match all given filters, of whatever dialect, the newest first.',
  })
  @ApiOkResponse({
    type: [RunDto],
    description: 'The runs.',
    example: [examples.RUN_EXAMPLE],
    headers: LINK_HEADER,
  })
  @ApiTakesQuery()
  @ApiMayBeMissing()
  async listRuns(
    @Query() query: ListRunsQueryDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto[]> {
    const { project_id: projectId, job_id: job, status, limit } = query;
    const before = idAfter(query.cursor);
    if (projectId !== undefined) requireProject(projectId, caller);
    const jobId = job === undefined ? undefined : await this.views.idOf(job, caller);
    const filter = { jobId, projectId, ...(status && meaningOf(status)) };
    const found = await this.runs.list(filter, before, limit + 1, caller);
    return pageWithLink(found, limit, (run) => run.id, request.url, reply).map(toRunDto);
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getRun',
    summary: 'Get a run',
    description: 'One run with its result or error.',
  })
  @ApiParam(examples.RUN_ID)
  @ApiOkResponse({ type: RunDto, description: 'The run.', example: examples.RUN_EXAMPLE })
  @ApiMayBeMissing(MISSING)
  async getRun(@Param('id') id: string, @CurrentPrincipal() caller: Principal): Promise<RunDto> {
    return toRunDto(await this.runs.get(id, caller));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'cancelRun',
    summary: 'Cancel a run',
    description:
      'Ends a run that waits, or stops one that is executing. One that does not stop within two seconds is still ' +
      'asked to; the answer then says `executing`.',
  })
  @ApiParam(examples.RUN_ID)
  @ApiOkResponse({
    type: RunDto,
    description: 'The run.',
    example: { ...examples.RUN_EXAMPLE, status: 'canceled' },
  })
  @ApiMayBeMissing(MISSING)
  @ApiMayConflict('The run has already ended as succeeded; it can no longer be cancelled.')
  @ApiNeedsOperator()
  @TakesNoBody()
  async cancelRun(@Param('id') id: string, @CurrentPrincipal() caller: Principal): Promise<RunDto> {
    return toRunDto(await this.runs.cancel(id, caller));
  }

  @Post(':id/replay')
  @ApiOperation({
    operationId: 'replayRun',
    summary: 'Replay a run',
    description:
      'Queues a new run with the payload, metadata and overrides of this one, at once and by the present version of ' +
      'the job; its `replay_of` names this one.',
  })
  @ApiParam(examples.RUN_ID)
  @ApiCreatedResponse({
    type: RunDto,
    description: 'The new run.',
    example: examples.RUN_EXAMPLE,
    headers: { Location: { description: 'The path of the run.', schema: { type: 'string' } } },
  })
  @ApiMayBeMissing(MISSING)
  @ApiMayConflict('The whole scheduler is paused: nothing can be started until an admin resumes it.')
  @ApiBreaksSchema()
  @ApiNeedsOperator()
  @TakesNoBody()
  async replayRun(
    @Param('id') id: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunDto> {
    const run = await this.runs.replay(id, caller);
    reply.header('Location', runPath(run.id));
    return toRunDto(run);
  }
}
