import { Controller, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { executionNotFound } from '../../../domain/errors.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import type { ExecutionView } from '../../../modules/executions/execution.view.js';
import { ExecutionsService } from '../../../modules/executions/executions.service.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { PendingReasons } from '../../../modules/pending/pending-reasons.js';
import { RunsService } from '../../../modules/runs/runs.service.js';
import { ApiProblem } from '../../shared/documentation/api-problem.js';
import { parseId } from '../../shared/validation/parse-id.js';
import * as examples from '../examples.js';
import { pageOf, rangeOf } from '../page.dto.js';
import { executionPath, SCHEDULER_ROUTE } from '../path.js';
import {
  ApiGuarded,
  ApiNamesExecution,
  ApiNeedsOperator,
  ApiReadsJob,
  ApiTakesQuery,
  TakesNoBody,
} from '../problems.js';
import { executionStatesOf } from '../words.js';
import { ExecutionAttemptDto, JobExecutionDto, JobExecutionPageDto } from './execution.dto.js';
import { toAttemptDto, toExecutionDto } from './execution.mapper.js';
import { ListExecutionsQueryDto } from './list-executions.query.dto.js';

const EXECUTION_ID = {
  name: 'executionId',
  type: String,
  format: 'uuid',
  description: 'The id of the execution.',
  example: examples.EXECUTION_EXAMPLE.id,
};

/** The record of what ran. */
@ApiTags('Executions')
@ApiGuarded()
@Controller(SCHEDULER_ROUTE)
export class ExecutionsController {
  constructor(
    private readonly executions: ExecutionsService,
    private readonly jobs: JobViews,
    private readonly pending: PendingReasons,
    private readonly runs: RunsService,
  ) {}

  @Get('jobs/:jobId/executions')
  @ApiOperation({
    operationId: 'listJobExecutions',
    summary: 'List the executions of a job',
    description:
      'One page of the executions that match all given filters, the newest first. Deleted jobs keep theirs.',
  })
  @ApiParam({
    name: 'jobId',
    type: String,
    format: 'uuid',
    description: 'The id of the job.',
    example: examples.JOB_EXAMPLE.id,
  })
  @ApiOkResponse({
    type: JobExecutionPageDto,
    description: 'The page.',
    example: examples.pageExample([examples.EXECUTION_EXAMPLE]),
  })
  @ApiTakesQuery('fromDate: must be an ISO 8601 date-time such as 2026-03-01T09:30:00Z')
  @ApiReadsJob()
  async listJobExecutions(
    @Param('jobId') jobId: string,
    @Query() query: ListExecutionsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobExecutionPageDto> {
    await this.jobs.requireRecorded(jobId, caller);
    const { status, fromDate: from, toDate: to } = query;
    const states = status && executionStatesOf(status);
    const { items, total } = await this.executions.list({ jobId, states, from, to, ...rangeOf(query) });
    return pageOf(
      items.map((item) => toExecutionDto(item)),
      total,
      query,
    );
  }

  @Get('executions/:executionId')
  @ApiOperation({
    operationId: 'getExecution',
    summary: 'Get an execution',
    description:
      'One execution with its times, retries, output and error; a pending one says why it has not started.',
  })
  @ApiParam(EXECUTION_ID)
  @ApiOkResponse({
    type: JobExecutionDto,
    description: 'The execution.',
    example: examples.EXECUTION_EXAMPLE,
  })
  @ApiNamesExecution(404)
  async getExecution(
    @Param('executionId') executionId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobExecutionDto> {
    const execution = await this.find(executionId, caller);
    return toExecutionDto(execution, await this.pending.of(execution.id));
  }

  @Get('executions/:executionId/attempts')
  @ApiOperation({
    operationId: 'listExecutionAttempts',
    summary: 'List the attempts of an execution',
    description: 'Every try inside the execution, the first one first, also the one that runs.',
  })
  @ApiParam(EXECUTION_ID)
  @ApiOkResponse({
    type: [ExecutionAttemptDto],
    description: 'The attempts.',
    example: examples.ATTEMPT_EXAMPLES,
  })
  @ApiNamesExecution(404)
  async listExecutionAttempts(
    @Param('executionId') executionId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<ExecutionAttemptDto[]> {
    const { id } = await this.find(executionId, caller);
    return (await this.executions.attempts(id)).map(toAttemptDto);
  }

  @Post('executions/:executionId/cancel')
  @HttpCode(200)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'cancelExecution',
    summary: 'Cancel an execution',
    description:
      'Ends an execution that waits, or stops one that runs, on whatever machine. A running one that does not stop ' +
      'within two seconds is still asked to; the answer then says `Running`. What it has already done stays done.',
  })
  @ApiParam(EXECUTION_ID)
  @ApiOkResponse({
    type: JobExecutionDto,
    description: 'The execution.',
    example: examples.CANCELLED_EXECUTION_EXAMPLE,
  })
  @ApiNamesExecution(404)
  @ApiProblem(
    409,
    'execution_finished',
    'The execution has already ended as succeeded; it can no longer be cancelled.',
  )
  @ApiNeedsOperator()
  async cancelExecution(
    @Param('executionId') executionId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobExecutionDto> {
    const { id } = await this.find(executionId, caller);
    return toExecutionDto(await this.executions.cancel(id, { by: caller.subject }));
  }

  @Post('executions/:executionId/retry')
  @HttpCode(202)
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'retryExecution',
    summary: 'Retry a failed execution',
    description:
      'Queues a new execution of the same job with the same payload; its `retryParentId` names the failed one. A ' +
      'cancelled one can be repeated as well: one that is stuck is cancelled first. The answer is the id of the new ' +
      'execution.',
  })
  @ApiParam(EXECUTION_ID)
  @ApiAcceptedResponse({
    description: 'The id of the new execution.',
    schema: { type: 'string', format: 'uuid' },
    example: '01986f52-77c1-7b3e-b0a9-5d6e7f809a1b',
    headers: { Location: { description: 'The path of the new execution.', schema: { type: 'string' } } },
  })
  @ApiNamesExecution(400)
  @ApiProblem(
    400,
    'execution_not_failed',
    'The execution is succeeded; only one that failed or was cancelled can be retried.',
  )
  @ApiProblem(400, 'job_not_found', 'The job has been deleted.')
  @ApiProblem(400, 'validation_failed', 'payload.warehouse: must be string')
  @ApiNeedsOperator()
  @TakesNoBody()
  async retryExecution(
    @Param('executionId') executionId: string,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { id } = await this.find(executionId, caller);
    const retryId = await this.runs.retry(id, caller);
    reply.header('Location', executionPath(retryId));
    // Fastify sends a text as it is; the answer is a JSON string.
    return JSON.stringify(retryId);
  }

  /** @throws DomainError execution_not_found, also when its job is not the caller's to see */
  private async find(executionId: string, caller: Principal): Promise<ExecutionView> {
    const execution = await this.executions.get(parseId(executionId, executionNotFound));
    if (!(await this.jobs.isRecorded(execution.jobId, caller))) throw executionNotFound(executionId);
    return execution;
  }
}
