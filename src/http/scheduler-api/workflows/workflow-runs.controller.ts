import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { WorkflowRuns } from '../../../modules/workflows/workflow-runs.js';
import { ApiProblem } from '../../shared/documentation/api-problem.js';
import { pageExample } from '../examples.js';
import { pageOf, PageQueryDto, rangeOf } from '../page.dto.js';
import { SCHEDULER_PATH, SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsOperator, ApiTakesBody, ApiTakesQuery, TakesNoBody } from '../problems.js';
import * as examples from './workflow-examples.js';
import { ApiNamesWorkflow, ApiNamesWorkflowRun } from './workflow-problems.js';
import { TriggerWorkflowDto } from './workflow-request.dto.js';
import { WorkflowRunDetailsDto, WorkflowRunPageDto } from './workflow-run.dto.js';
import { toRunDetailsDto, toRunDto } from './workflow.mapper.js';

const WORKFLOW_ID = {
  name: 'workflowId',
  type: String,
  format: 'uuid',
  description: 'The id of the workflow.',
  example: examples.WORKFLOW_EXAMPLE.id,
};
const RUN_ID = {
  name: 'runId',
  type: String,
  format: 'uuid',
  description: 'The id of the run.',
  example: examples.RUN_EXAMPLE.id,
};

/** Runs of workflows. */
@ApiTags('Workflows')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/workflows`)
export class WorkflowRunsController {
  constructor(private readonly runs: WorkflowRuns) {}

  @Post(':workflowId/trigger')
  @HttpCode(202)
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'triggerWorkflow',
    summary: 'Run a workflow now',
    description:
      'Starts a run at once, whatever the schedule of the workflow. The answer is the id of the run, which is safely ' +
      'recorded by then.',
  })
  @ApiParam(WORKFLOW_ID)
  @ApiBody({
    type: TriggerWorkflowDto,
    required: false,
    examples: {
      none: { summary: 'Without a payload', value: {} },
      payload: { summary: 'With a payload', value: examples.TRIGGER_REQUEST },
    },
  })
  @ApiAcceptedResponse({
    description: 'The id of the run.',
    schema: { type: 'string', format: 'uuid' },
    example: examples.RUN_EXAMPLE.id,
    headers: { Location: { description: 'The path of the run.', schema: { type: 'string' } } },
  })
  @ApiTakesBody('payload: must be an object')
  @ApiProblem(400, 'scheduler_paused', 'The whole scheduler is paused.')
  @ApiNamesWorkflow()
  @ApiNeedsOperator()
  async triggerWorkflow(
    @Param('workflowId') workflowId: string,
    @Body() body: TriggerWorkflowDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const id = await this.runs.trigger(workflowId, body.payload ?? null, caller);
    reply.header('Location', `${SCHEDULER_PATH}/workflows/runs/${id}`);
    // Fastify sends a text as it is; the answer is a JSON string.
    return JSON.stringify(id);
  }

  @Get(':workflowId/runs')
  @ApiOperation({
    operationId: 'listWorkflowRuns',
    summary: 'List the runs of a workflow',
    description: 'One page of the runs, the newest first.',
  })
  @ApiParam(WORKFLOW_ID)
  @ApiOkResponse({
    type: WorkflowRunPageDto,
    description: 'The page.',
    example: pageExample([examples.RUN_EXAMPLE]),
  })
  @ApiTakesQuery()
  @ApiNamesWorkflow()
  async listWorkflowRuns(
    @Param('workflowId') workflowId: string,
    @Query() query: PageQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<WorkflowRunPageDto> {
    const { items, total } = await this.runs.list(workflowId, rangeOf(query), caller);
    return pageOf(items.map(toRunDto), total, query);
  }

  @Get('runs/:runId')
  @ApiOperation({
    operationId: 'getWorkflowRun',
    summary: 'Get a run of a workflow',
    description: 'The run and each of its jobs with its status and execution.',
  })
  @ApiParam(RUN_ID)
  @ApiOkResponse({
    type: WorkflowRunDetailsDto,
    description: 'The run.',
    example: examples.RUN_DETAILS_EXAMPLE,
  })
  @ApiNamesWorkflowRun()
  async getWorkflowRun(
    @Param('runId') runId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<WorkflowRunDetailsDto> {
    return toRunDetailsDto(await this.runs.get(runId, caller));
  }

  @Post('runs/:runId/cancel')
  @HttpCode(200)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'cancelWorkflowRun',
    summary: 'Cancel a run of a workflow',
    description:
      'Skips what has not started, ends what waits for a worker, and asks what runs to stop. While a job still runs, ' +
      'the answer says `Running` with `cancelRequested`. What has been done stays done.',
  })
  @ApiParam(RUN_ID)
  @ApiOkResponse({
    type: WorkflowRunDetailsDto,
    description: 'The run.',
    example: examples.CANCELLED_RUN_EXAMPLE,
  })
  @ApiNamesWorkflowRun()
  @ApiProblem(
    409,
    'workflow_run_finished',
    'The run has already ended as succeeded; it can no longer be cancelled.',
  )
  @ApiNeedsOperator()
  async cancelWorkflowRun(
    @Param('runId') runId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<WorkflowRunDetailsDto> {
    return toRunDetailsDto(await this.runs.cancel(runId, caller));
  }
}
