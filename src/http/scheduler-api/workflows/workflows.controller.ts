import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { WorkflowViews } from '../../../modules/workflows/workflow-views.js';
import { WorkflowsService } from '../../../modules/workflows/workflows.service.js';
import { pageExample } from '../examples.js';
import { pageOf, PageQueryDto, rangeOf } from '../page.dto.js';
import { SCHEDULER_PATH, SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsOperator, ApiTakesBody, ApiTakesQuery, TakesNoBody } from '../problems.js';
import * as examples from './workflow-examples.js';
import { ApiNamesWorkflow } from './workflow-problems.js';
import { CreateWorkflowDto, UpdateWorkflowDto } from './workflow-request.dto.js';
import { newWorkflowFrom, workflowEditFrom } from './workflow-request.js';
import { WorkflowDto, WorkflowPageDto } from './workflow.dto.js';
import { toWorkflowDto } from './workflow.mapper.js';

const WORKFLOW_ID = {
  name: 'workflowId',
  type: String,
  format: 'uuid',
  description: 'The id of the workflow.',
  example: examples.WORKFLOW_EXAMPLE.id,
};
const FAULT = 'jobs: the steps wait for each other in a cycle: <job> → <other job> → <job>';

/** Definitions of workflows. */
@ApiTags('Workflows')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/workflows`)
export class WorkflowsController {
  constructor(
    private readonly workflows: WorkflowsService,
    private readonly views: WorkflowViews,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createWorkflow',
    summary: 'Create a workflow',
    description:
      'Joins existing jobs of one project to a graph: each job starts once those in its `dependsOn` have ended as its ' +
      '`condition` asks for, else it is skipped. The schedules of the jobs themselves go on as before.',
  })
  @ApiBody({
    type: CreateWorkflowDto,
    examples: { nightly: { summary: 'Two jobs, one after the other', value: examples.WORKFLOW_REQUEST } },
  })
  @ApiCreatedResponse({
    type: WorkflowDto,
    description: 'The workflow.',
    example: examples.WORKFLOW_EXAMPLE,
    headers: { Location: { description: 'The path of the workflow.', schema: { type: 'string' } } },
  })
  @ApiTakesBody(FAULT)
  @ApiNeedsOperator()
  async createWorkflow(
    @Body() body: CreateWorkflowDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WorkflowDto> {
    const workflow = await this.workflows.create((now) => newWorkflowFrom(body, now), caller);
    reply.header('Location', `${SCHEDULER_PATH}/workflows/${workflow.id}`);
    return toWorkflowDto(workflow);
  }

  @Get()
  @ApiOperation({
    operationId: 'listWorkflows',
    summary: 'List workflows',
    description: 'One page of the workflows, the newest first.',
  })
  @ApiOkResponse({
    type: WorkflowPageDto,
    description: 'The page.',
    example: pageExample([examples.WORKFLOW_EXAMPLE]),
  })
  @ApiTakesQuery()
  async listWorkflows(
    @Query() query: PageQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<WorkflowPageDto> {
    const { items, total } = await this.views.list(rangeOf(query), caller);
    return pageOf(items.map(toWorkflowDto), total, query);
  }

  @Get(':workflowId')
  @ApiOperation({
    operationId: 'getWorkflow',
    summary: 'Get a workflow',
    description: 'The jobs of the workflow, what each waits for, and its schedule.',
  })
  @ApiParam(WORKFLOW_ID)
  @ApiOkResponse({ type: WorkflowDto, description: 'The workflow.', example: examples.WORKFLOW_EXAMPLE })
  @ApiNamesWorkflow()
  async getWorkflow(
    @Param('workflowId') workflowId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<WorkflowDto> {
    return toWorkflowDto(await this.views.get(workflowId, caller));
  }

  @Put(':workflowId')
  @ApiOperation({
    operationId: 'updateWorkflow',
    summary: 'Update a workflow',
    description:
      'Changes a workflow: absent fields keep their values; `jobs` and `schedule` are replaced as a whole. Runs that ' +
      'have started go on as they started.',
  })
  @ApiParam(WORKFLOW_ID)
  @ApiBody({
    type: UpdateWorkflowDto,
    examples: {
      name: { summary: 'Another name', value: { name: 'Hourly inventory' } },
      unschedule: { summary: 'Without a schedule', value: { schedule: null } },
    },
  })
  @ApiOkResponse({
    type: WorkflowDto,
    description: 'The changed workflow.',
    example: examples.WORKFLOW_EXAMPLE,
  })
  @ApiTakesBody(FAULT)
  @ApiNamesWorkflow()
  @ApiNeedsOperator()
  async updateWorkflow(
    @Param('workflowId') workflowId: string,
    @Body() body: UpdateWorkflowDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<WorkflowDto> {
    const edit = workflowEditFrom.bind(null, body);
    return toWorkflowDto(await this.workflows.update(workflowId, edit, caller));
  }

  @Delete(':workflowId')
  @HttpCode(204)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'deleteWorkflow',
    summary: 'Delete a workflow',
    description:
      'Removes a workflow: it starts no more. Runs that have started go on, and stay readable by their ids.',
  })
  @ApiParam(WORKFLOW_ID)
  @ApiNoContentResponse({ description: 'The workflow is deleted.' })
  @ApiNamesWorkflow()
  @ApiNeedsOperator()
  async deleteWorkflow(
    @Param('workflowId') workflowId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<void> {
    await this.workflows.remove(workflowId, caller);
  }
}
